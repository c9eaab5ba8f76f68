"""A small handbook in a temporary folder, and a way to run it as people do."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fenceproof.run import pace
from fenceproof.run.pace import patience

ROOT = Path(__file__).parent.parent
ADDRESSES = {  # of nobody: as if the handbook were published
    "SITE_URL": "https://handbook.example/",
    "REPO_URL": "https://github.com/example/handbook",
    "EDIT_URI": "edit/main/docs/",
}

MKDOCS = """\
site_name: small
markdown_extensions:
  - attr_list
  - pymdownx.highlight:
      pygments_lang_class: true
  - pymdownx.superfences
  - pymdownx.tabbed:
      alternate_style: true
  - pymdownx.snippets:
      base_path: [.]
      dedent_subsections: true
  - fenceproof
"""


# the hooks of this handbook, since pages of the tests use torch
PYPROJECT = """\
[tool.fenceproof]
hooks = "handbook.environment:Environment"
named = ["torch"]
[tool.fenceproof.baseline]
"""


@dataclass
class Handbook:
    """A handbook of a test's own."""

    root: Path

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def page(self, name: str, text: str, title: str = "A page") -> Path:
        return self.write(
            f"docs/{name}.md",
            text if text.lstrip("\ufeff").startswith("---") else f"# {title}\n\n{text}",
        )

    def command(self, *arguments: str) -> list[str]:
        # the others take seconds to start
        plugins = ["-p", "fenceproof", "-p", "timeout", "-p", "xdist", "-p", "no:cacheprovider"]
        return [sys.executable, "-m", "pytest", "-q", *plugins, "-rs", *(arguments or ("docs",))]

    @property
    def environment(self) -> dict[str, str]:
        own = {
            k: v
            for k, v in os.environ.items()
            if not k.startswith(("PYTEST_", "FENCEPROOF_", "COV_")) or k == pace.FACTOR
        }
        return own | {
            "NO_COLOR": "1",
            "COLUMNS": "200",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        }

    def run(self, *arguments: str, limit: float = 120) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=patience(limit),
            check=False,
        )


@pytest.fixture
def handbook(tmp_path: Path) -> Handbook:
    made = Handbook(tmp_path)
    made.write("mkdocs.yml", MKDOCS)
    made.write("pyproject.toml", PYPROJECT)
    return made


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The handbook's site, built strictly, as it is published; once for all workers.

    HANDBOOK_SITE names one that is there already, to save the build while you write a test.
    """
    if there := os.environ.get("HANDBOOK_SITE"):
        return Path(there)
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "site"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "llms.txt").exists():
            environment = {
                k: v
                for k, v in os.environ.items()
                if not k.startswith(("PYTEST_", "FENCEPROOF_", "COV_"))
            }
            environment |= {"NO_MKDOCS_2_WARNING": "1", **ADDRESSES}
            # no test tools, as in `make build`
            environment["PYTHONPATH"] = str(ROOT / "tests/only_site")
            command = [sys.executable, "-m", "fenceproof", "build", "--site-dir", str(folder)]
            built = subprocess.run(
                command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
            )
            assert built.returncode == 0, built.stderr[-3000:]
            assert "WARNING" not in built.stderr, built.stderr[-3000:]
    return folder


@pytest.fixture(scope="session")
def served(site: Path) -> Iterator[str]:
    """The address at which the built site is served, compressed as a web host does it."""
    from tests import browsing

    with browsing.serve(site) as address:
        yield address


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A browser for this worker; skips where there is none."""
    from tests import browsing

    with browsing.launch() as browser:
        yield browser


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What reads the built site stays on one worker,
    so that no other waits for the build or starts another browser.
    """
    for item in items:
        if {"site", "chromium"} & set(
            getattr(item, "fixturenames", ())
        ) and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group("site"))
