"""The benchmark of runtimes still works; its figures are not looked at."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from harness.process import Process, ToolError
from harness.results import short

from fenceproof.project import find_project
from fenceproof.run.pace import patience

ROOT = find_project(Path(__file__)).root


def quick(*options: str, limit: int = 300) -> str:
    """What the quick form prints."""
    command = [sys.executable, str(ROOT / "benchmarks/runtimes.py"), "--quick", *options]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=patience(limit), check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.mark.slow
def test_one_tool_beside_eager() -> None:
    speed = quick("--only", "onnxruntime").partition("\n\n")[0]
    rows = [line for line in speed.splitlines() if "ONNX Runtime" in line]
    assert len(rows) == 2  # fp32 and int8
    assert all("ms" in row and "[" not in row for row in rows)


@pytest.mark.slow
def test_all_tools() -> None:
    printed = quick(limit=1800)
    assert "eager PyTorch" in printed and "OpenVINO, NNCF" in printed


def test_a_tool_that_hangs_is_cut_off(tmp_path: Path) -> None:
    process = Process([sys.executable, "-c", "import time; time.sleep(60)"], tmp_path / "log")
    with pytest.raises(ToolError, match="cut off after"):
        process.read(0.2)


def test_a_tool_that_dies_leaves_its_last_words(tmp_path: Path) -> None:
    process = Process([sys.executable, "-c", "raise SystemExit('no such model')"], tmp_path / "log")
    with pytest.raises(ToolError, match="ended with 1: no such model"):
        process.read(30)


def test_errors_are_short_and_name_no_path() -> None:
    text = short("ValueError: in /home/someone/model.onnx\nTraceback\n" + "x " * 300)
    assert "/home" not in text and "Traceback" not in text and len(text) < 190
