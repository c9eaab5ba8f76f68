"""The guard matrix on the page is what the runtimes do today, cell by cell."""

from __future__ import annotations

import json
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from fenceproof.project import find_project
from tests.modules import load_module

ROOT = find_project(Path(__file__)).root
RESULTS = ROOT / "benchmarks" / "results"
matrix = load_module(ROOT / "benchmarks/guard_matrix.py")
DOCUMENT: dict[str, Any] = json.loads((RESULTS / "guard-matrix.json").read_text(encoding="utf-8"))
RECORDED = {(cell["runtime"], cell["case"]): matrix.Cell(**cell) for cell in DOCUMENT["cells"]}
EVERY_CELL = [(runtime, case) for runtime in matrix.RUNTIMES for case in matrix.CASES]


def test_every_cell_is_recorded_once() -> None:
    assert sorted(RECORDED) == sorted(EVERY_CELL)
    assert len(DOCUMENT["cells"]) == len(EVERY_CELL)


def test_tables_are_made_from_the_record() -> None:
    for name, text in matrix.tables(DOCUMENT).items():
        assert text == (RESULTS / f"{name}.md").read_text(encoding="utf-8")


def test_page_states_the_right_counts() -> None:
    """The prose of the page says seven of eleven for AOTInductor without checks."""
    bad = [
        case
        for case in matrix.CASES
        if RECORDED["aoti", case].outcome in ("wrong", "invented", "crashed")
    ]
    assert (len(bad), len(matrix.CASES)) == (7, 11)


def test_messages_name_no_source_position() -> None:
    for message in matrix.collect_messages(list(RECORDED.values())):
        assert "/" not in message.replace("inputs/outputs", "") and "\n" not in message


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Any]:
    """All cells, measured anew on this machine (about two minutes)."""
    now = {name: version(name) for name in ("torch", "onnxruntime", "openvino", "executorch")}
    recorded = matrix.machine.facts(DOCUMENT).versions
    here = f"{platform.system()} {platform.machine()}"
    if any(recorded[name] != number for name, number in now.items()) or (
        f": {here}," not in matrix.caption(DOCUMENT)
    ):
        pytest.skip(f"the record is of other versions or another machine than {now} on {here}")
    cells = matrix.measure(tmp_path_factory.mktemp("artifacts"))
    return {(cell.runtime, cell.case): cell for cell in cells}


@pytest.mark.slow
@pytest.mark.parametrize(("runtime", "case"), EVERY_CELL)
def test_cell(runtime: str, case: str, measured: dict[tuple[str, str], Any]) -> None:
    recorded, cell = RECORDED[runtime, case], measured[runtime, case]
    if recorded.outcome == "varies":  # six more processes may happen to agree
        assert cell.outcome == "varies" or cell.outcome in str(recorded.message)
        return
    assert cell.outcome == recorded.outcome
    assert cell.message == recorded.message
    if recorded.outcome == "wrong":
        assert cell.error == pytest.approx(recorded.error, rel=0.2)
