"""The site needs no test tools: what `make serve` and `make build` import works
where only requirements/site.txt is installed.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from importlib.metadata import distributions, packages_distributions
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from fenceproof.project import find_project
from fenceproof.run.pace import patience

ROOT = find_project(Path(__file__)).root
ONLY_SITE = ROOT / "tests/site/only_site"
# the run of pages, which the site has no part in; the extension and the notebooks are the site's
RUN = re.compile(
    r"fenceproof\.(?:run\b|integration\.(?:items|mutate|progress|pytest_plugin|scheduling))"
)
# imported in functions that only a run or `make maths` calls
ELSEWHERE = {"nbclient", "playwright", "torch"}
PACKAGES = ("fenceproof", "handbook")
MODULES = sorted(
    name
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    if not RUN.match(
        name := ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    )
)


def python(program: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ONLY_SITE)}
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=patience(120),
        check=False,
    )


@pytest.mark.parametrize("name", ["_pytest", "ipykernel", "nbclient", "pytest", "sybil", "torch"])
def test_blocked_package_cannot_be_imported(name: str) -> None:
    done = python(f"import {name}")
    assert done.returncode == 1 and f"No module named '{name}' (blocked" in done.stderr


def test_site_imports_no_test_tools() -> None:
    done = python(
        "import importlib\n" + "\n".join(f"importlib.import_module({name!r})" for name in MODULES)
    )
    assert done.returncode == 0, done.stderr


def imported(path: Path) -> set[str]:
    """Top-level packages that a module imports, anywhere in it;
    of evaluators only when they are loaded.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = tree.body if path.parent.name == "evaluators" else list(ast.walk(tree))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [
        node.module
        for node in nodes
        if isinstance(node, ast.ImportFrom) and node.module and not node.level
    ]
    return {name.partition(".")[0] for name in names}


def test_what_the_site_imports_is_declared() -> None:
    declared = {
        re.split(r"[\[<>=~ ]", line)[0].lower()
        for line in (ROOT / "requirements/site.txt").read_text().splitlines()
    }
    owners, missing = packages_distributions(), {}
    for name in MODULES:
        path = ROOT / name.replace(".", "/")
        path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        for package in imported(path) & owners.keys() - {"fenceproof", "handbook"} - ELSEWHERE:
            if not {owner.lower() for owner in owners[package]} & declared:
                missing[package] = path.relative_to(ROOT).as_posix()
    assert not missing, f"requirements/site.txt lacks what these modules import: {missing}"


def test_the_makefile_asks_for_the_python_that_all_packages_need() -> None:
    """Without this, pip says that a package conflicts with itself."""
    match = re.search(r"^NEEDED := (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert match
    needed = match[1]
    assert f">={needed}" in (ROOT / "pyproject.toml").read_text()
    assert f"Python {needed} or newer" in (ROOT / "README.md").read_text()
    wanted = {d.name: d.metadata.json.get("requires_python") for d in distributions()}
    too_old = {n: r for n, r in wanted.items() if r and needed not in SpecifierSet(str(r))}
    assert not too_old
