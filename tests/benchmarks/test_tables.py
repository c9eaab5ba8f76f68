"""Tables and plots are made from the results, all of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from fenceproof.project import find_project
from fenceproof.run.pace import patience

ROOT = find_project(Path(__file__)).root
RESULTS = ROOT / "benchmarks/results"
# Made by scripts/, which have no figures.
OTHERS = {"around.md", "links.md", "retired.md", "links.json", "releases.json"}


def make(source: Path, target: Path) -> dict[str, str]:
    """Every table, plot and result that `python benchmarks --tables` writes, by name."""
    command = [sys.executable, "benchmarks", "--tables"]
    command += ["--source", str(source), "--results", str(target)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=patience(300), check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return {path.name: path.read_text(encoding="utf-8") for path in target.iterdir()}


@pytest.fixture(scope="module")
def regenerated(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return make(RESULTS, tmp_path_factory.mktemp("tables"))


def test_they_regenerate_unchanged(regenerated: dict[str, str]) -> None:
    plots = {path.name: path for path in (ROOT / "docs").rglob("img/*.svg")}
    for name, text in regenerated.items():
        path = plots[name] if name.endswith(".svg") else RESULTS / name
        assert text == path.read_text(encoding="utf-8"), name


def test_every_table_has_a_script(regenerated: dict[str, str]) -> None:
    assert {path.name for path in RESULTS.glob("*.md")} - OTHERS == {
        name for name in regenerated if name.endswith(".md")
    }
