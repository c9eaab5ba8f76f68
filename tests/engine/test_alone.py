"""The engine without the handbook: its own package, and its manual, which it runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from fenceproof.project import find_project
from fenceproof.run.pace import patience

ROOT = find_project(Path(__file__)).root
ENGINE = ROOT / "fenceproof"


def project_of(folder: Path) -> Any:
    """What the pyproject.toml of a folder says."""
    return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))


def run(command: list[str], folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command as somebody does who has nothing of this repository on their path."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST_", "FENCEPROOF_", "COV_", "PYTHONPATH"))
    }
    return subprocess.run(
        command,
        cwd=folder,
        env=inherited | {"NO_COLOR": "1", "COLUMNS": "200"} | variables,
        capture_output=True,
        text=True,
        timeout=patience(500),
        check=False,
    )


def test_the_engines_package_is_whole() -> None:
    engine, handbook = project_of(ENGINE), project_of(ROOT)
    folders = sorted(path.parent.relative_to(ROOT) for path in ENGINE.rglob("__init__.py"))
    packages = [".".join(folder.parts) for folder in folders]
    assert sorted(engine["tool"]["setuptools"]["packages"]) == packages
    for same in ("dependencies", "entry-points", "requires-python", "version"):
        assert engine["project"][same] == handbook["project"][same]


@pytest.mark.slow
def test_an_empty_environment_runs_the_manual(tmp_path: Path) -> None:
    shutil.copytree(
        ENGINE, tmp_path / "fenceproof", ignore=shutil.ignore_patterns("__pycache__", "build")
    )
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    python = str(tmp_path / "venv/bin/python")
    installed = run(
        [python, "-m", "pip", "install", "-q", f"{tmp_path / 'fenceproof'}[run]"], tmp_path
    )
    if installed.returncode:
        pytest.skip(f"pip could not install what the engine needs: {installed.stderr[-300:]}")
    manual = tmp_path / "manual"
    shutil.move(tmp_path / "fenceproof/manual", manual)
    ran = run([python, "-m", "pytest", "docs", "-q", "--record"], manual)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "1 skipped" in ran.stdout  # the installation itself
    built = run([python, "-m", "fenceproof", "build"], manual)
    assert built.returncode == 0, built.stderr
    assert "verified--ran" in (manual / "site/index.html").read_text(encoding="utf-8")
    listed = run([python, "-m", "pip", "list"], tmp_path).stdout
    assert "torch" not in listed
