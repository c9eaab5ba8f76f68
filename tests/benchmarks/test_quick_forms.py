"""The quick form of every benchmark works, and leaves the results as they are."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from fenceproof.project import find_project
from fenceproof.run.pace import patience

ROOT = find_project(Path(__file__)).root
RESULTS = ROOT / "benchmarks/results"
# What they need is not on every machine: environments of their own, or a GPU.
ELSEWHERE = {"__main__", "gpu"}
SCRIPTS = sorted({path.stem for path in (ROOT / "benchmarks").glob("*.py")} - ELSEWHERE)


def stamp() -> dict[str, str]:
    """The results, by name."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in RESULTS.iterdir()}


@pytest.mark.slow
@pytest.mark.parametrize("name", SCRIPTS)
def test_it_works_and_writes_nothing(name: str) -> None:
    before = stamp()
    done = subprocess.run(
        [sys.executable, "benchmarks", "--quick", "--only", name],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=patience(900),
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert stamp() == before
