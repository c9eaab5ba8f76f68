"""The batching page fits the numbers that were measured, not others."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

from fenceproof.project import find_project

ROOT = find_project(Path(__file__)).root
PAGE = ROOT / "examples/algorithms/batching.py"
RESULTS = ROOT / "benchmarks/results/batching.json"


def literals() -> dict[str, Any]:
    """Return the page's literal assignments by name."""
    constants: dict[str, Any] = {}
    for node in ast.parse(PAGE.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            try:
                constants[node.targets[0].id] = ast.literal_eval(node.value)
            except ValueError:
                continue
    return constants


def test_page_fits_the_measured_numbers() -> None:
    page = literals()
    measured = json.loads(RESULTS.read_text(encoding="utf-8"))["fastest_ms"]
    sizes = [str(size) for size in page["sizes"]]
    on_page = {
        name: dict(zip(sizes, times, strict=True)) for name, times in page["milliseconds"].items()
    }
    assert on_page == measured


def test_table_shows_the_measured_numbers() -> None:
    measured = json.loads(RESULTS.read_text(encoding="utf-8"))["fastest_ms"]
    table = RESULTS.with_suffix(".md").read_text(encoding="utf-8").splitlines()
    rows = {
        cells[0]: cells
        for line in table
        if (cells := [cell.strip() for cell in line.strip("|").split("|")])[0].isdigit()
    }
    for size, milliseconds in measured["mlp"].items():
        assert rows[size][1] == f"{milliseconds:.3f}"
        assert rows[size][3] == f"{measured['cnn'][size]:.3f}"
