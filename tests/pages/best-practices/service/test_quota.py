"""The service's threads follow the quota of its cgroup, and of the groups above it."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path
from types import ModuleType

import pytest

from tests.service import BUNDLE


@pytest.fixture(scope="module")
def quota() -> ModuleType:
    spec = importlib.util.spec_from_file_location("quota", BUNDLE / "quota.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("limits", "cpus"),
    [
        ({}, math.inf),
        ({"pod/container": "max 100000"}, math.inf),
        ({"pod/container": "150000 100000"}, 1.5),
        ({"pod/container": "max 100000", "pod": "300000 100000"}, 3),
        ({"pod/container": "400000 100000", "": "50000 100000"}, 0.5),
    ],
)
def test_the_tightest_limit_counts(
    quota: ModuleType, tmp_path: Path, limits: dict[str, str], cpus: float
) -> None:
    (tmp_path / "pod/container").mkdir(parents=True)
    for group, text in limits.items():
        (tmp_path / group / "cpu.max").write_text(f"{text}\n")
    process = tmp_path / "cgroup"
    process.write_text("12:cpu:/other\n0::/pod/container\n")
    assert quota.cpu_quota(process, tmp_path) == cpus


@pytest.mark.parametrize(("cpus", "threads"), [(0.5, 1), (1.5, 1), (math.inf, 2), (8, 2)])
def test_whole_cpus_and_at_least_one(
    quota: ModuleType, monkeypatch: pytest.MonkeyPatch, cpus: float, threads: int
) -> None:
    monkeypatch.setattr(quota, "cpu_quota", lambda: cpus)
    monkeypatch.setattr(quota.os, "sched_getaffinity", lambda process: {0, 1})
    assert quota.usable_threads() == threads
