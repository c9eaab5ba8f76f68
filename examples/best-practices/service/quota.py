"""How many CPUs this process may use: its cgroup's quota, or its cores."""

import math
import os
from pathlib import Path


def cpu_quota(
    process: Path = Path("/proc/self/cgroup"),
    cgroups: Path = Path("/sys/fs/cgroup"),
) -> float:
    """CPUs that the tightest `cpu.max` allows; infinite without a limit.

    For cgroup version 2, which every current system has. The limit of a
    group holds for the groups in it, so all of them up to the root count.
    """
    tightest = math.inf
    lines = process.read_text().splitlines() if process.exists() else []
    for line in lines:
        number, _, path = line.split(":", 2)
        if number != "0":  # version 1
            continue
        group = cgroups / path.strip("/")
        for folder in (group, *group.parents):
            limit = folder / "cpu.max"
            if limit.exists():
                quota, period = limit.read_text().split()
                if quota != "max":
                    tightest = min(tightest, int(quota) / int(period))
            if folder == cgroups:
                break
    return tightest


def usable_threads() -> int:
    """Whole CPUs within the quota, at least one."""
    cores = len(os.sched_getaffinity(0))
    return max(1, math.floor(min(cpu_quota(), cores)))
