"""The benchmark behind the page: it still works, and its table names what could not be run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fenceproof.project import find_project
from fenceproof.run.pace import patience
from tests.modules import load_module

ROOT = find_project(Path(__file__)).root


def run_servers(folder: Path, *arguments: str, timeout: float) -> dict[str, Any]:
    command = [
        sys.executable,
        str(ROOT / "benchmarks/servers.py"),
        "--results",
        str(folder),
        "--allow-busy",
        *arguments,
    ]
    subprocess.run(command, check=True, timeout=patience(timeout), capture_output=True)
    results: dict[str, Any] = json.loads((folder / "servers.json").read_text())
    return results


@pytest.mark.slow
@pytest.mark.xdist_group("service")
def test_quick_benchmark_measures_each_server(tmp_path: Path) -> None:
    results = run_servers(tmp_path, "--quick", timeout=300)
    assert list(results["visits"]) == ["fastapi", "service", "litserve"]
    for name, (visit,) in results["visits"].items():
        assert "error" not in visit, f"{name}: {visit['error']}"
        assert set(visit["load"]) == {"1", "8", "32"} and visit["memory_mb"] > 50
        assert set(visit["load"]["8"]["seen"]) == {"200"}
    assert "| LitServe |" in (tmp_path / "servers.md").read_text()


@pytest.mark.slow
@pytest.mark.xdist_group("service")
def test_each_installed_server_can_be_measured(tmp_path: Path) -> None:
    results = run_servers(tmp_path, "--rounds", "1", "--seconds", "1", timeout=1800)
    failed = {name: one["error"] for name, (one, *_) in results["visits"].items() if "error" in one}
    assert all("not installed" in error or "not run" in error for error in failed.values()), failed


def test_unavailable_server_becomes_a_table_row() -> None:
    servers = load_module(ROOT / "benchmarks/servers.py")
    about = {
        "cpu": "a processor",
        "instructions": ["avx2"],
        "cores": 2,
        "load_at_start": 0.1,
        "system": "Linux",
        "python": "3.11.7",
        "versions": {"torch": "2.13.0"},
        "date": "2026-11-25",
    }
    visits = {
        "fastapi": [{"error": "the port is taken"}],
        "bentoml": [{"error": "not installed: run with --install"}],
    }
    result = {"about": about, "rounds": 1, "seconds": 1, "packages": {}, "visits": visits}
    assert "| BentoML | failed: not installed" in servers.speed(result, "digits")
    assert "failed: the port is taken" in servers.operation(result, "digits")
