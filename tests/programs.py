"""Runs a program in a page's work folder, in an interpreter of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from fenceproof.run.pace import patience


def start(folder: Path, program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, on one thread unless `environment` says otherwise."""
    settings = {"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"}
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env=os.environ | settings | environment,
        capture_output=True,
        text=True,
        timeout=patience(300),
        check=False,
    )


def run(folder: Path, program: str, **environment: str) -> str:
    """What a program prints; it must end well."""
    done = start(folder, program, **environment)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout
