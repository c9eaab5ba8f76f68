"""Tables and plots are made from the results, all of them, and from nothing else."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fenceproof.project import find_project
from fenceproof.run.pace import patience

ROOT = find_project(Path(__file__)).root
RESULTS = ROOT / "benchmarks/results"
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?")
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
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return make(RESULTS, tmp_path_factory.mktemp("tables"))


def test_they_regenerate_unchanged(made: dict[str, str]) -> None:
    plots = {path.name: path for path in (ROOT / "docs").rglob("img/*.svg")}
    for name, text in made.items():
        path = plots[name] if name.endswith(".svg") else RESULTS / name
        assert text == path.read_text(encoding="utf-8"), name


def test_every_table_has_a_script(made: dict[str, str]) -> None:
    assert {path.name for path in RESULTS.glob("*.md")} - OTHERS == {
        name for name in made if name.endswith(".md")
    }


def changed(value: Any, place: str = "") -> Any:
    """The result with other numbers, each changed by a factor of its own."""
    if isinstance(value, dict):
        return {key: changed(part, f"{place}/{key}") for key, part in value.items()}
    if isinstance(value, list):
        return [changed(part, f"{place}/{n}") for n, part in enumerate(value)]
    if isinstance(value, bool | str | None) or (isinstance(value, int) and value < 100):
        return value  # a small integer may be a name: of a batch, of a number of bits
    chance = int(hashlib.sha256(place.encode()).hexdigest()[:8], 16) / 2**32
    other = value * (1.3 + chance) if value else 2 + 5 * chance
    return round(other) + 1 if isinstance(value, int) else other


def cells(table: str) -> list[list[str]]:
    """The cells of a table's rows, without its heads."""
    lines = [line for line in table.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@pytest.mark.slow
def test_every_number_in_a_table_is_from_its_result(made: dict[str, str], tmp_path: Path) -> None:
    """It changes with the result's numbers, or it stands there as a name or a text."""
    source, target = tmp_path / "changed", tmp_path / "tables"
    source.mkdir()
    documents = {path.stem: path.read_text(encoding="utf-8") for path in RESULTS.glob("*.json")}
    for name, text in documents.items():
        (source / f"{name}.json").write_text(json.dumps(changed(json.loads(text))))
    others = make(source, target)
    for name in (name for name in made if name.endswith(".md")):
        before, after = cells(made[name]), cells(others[name])
        known = set(NUMBER.findall(" ".join(documents.values())))
        for row, other in zip(before, after, strict=False):
            for cell, now in zip(row, other, strict=False):
                if cell == now:
                    unknown = {n for n in NUMBER.findall(cell) if n.replace(",", "") not in known}
                    assert not unknown, f"{name}: {unknown} in {cell!r}"
