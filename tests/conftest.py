"""Fixtures that several kinds of tests share: the built site, and a browser."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
ADDRESSES = {  # of nobody: as if the handbook were published
    "SITE_URL": "https://handbook.example/",
    "REPO_URL": "https://github.com/example/handbook",
    "EDIT_URI": "edit/main/docs/",
}


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
            environment["PYTHONPATH"] = str(ROOT / "tests/site/only_site")
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
    from tests import browser

    with browser.serve(site) as address:
        yield address


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A browser for this worker; skips where there is none."""
    from tests import browser

    with browser.launch() as browser:
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
