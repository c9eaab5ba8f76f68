"""How many threads this process should compute with."""

import math
import os
from pathlib import Path

import torch


def quota_of(group: Path) -> float:
    """CPUs that one cgroup may use; infinite where it sets no limit."""
    if (group / "cpu.max").exists():  # cgroup version 2
        quota, period = (group / "cpu.max").read_text().split()
    elif (group / "cpu.cfs_quota_us").exists():  # version 1
        quota = (group / "cpu.cfs_quota_us").read_text().strip()
        period = (group / "cpu.cfs_period_us").read_text()
    else:
        return math.inf
    return math.inf if quota in ("max", "-1") else int(quota) / int(period)


def cpu_quota(
    process: Path = Path("/proc/self/cgroup"),
    cgroups: Path = Path("/sys/fs/cgroup"),
) -> float:
    """The tightest quota of a process's cgroup and of those above it."""
    tightest = math.inf
    if not process.exists():  # not Linux
        return tightest
    for line in process.read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and "cpu" not in controllers.split(","):
            continue
        top = cgroups / "cpu" if controllers else cgroups
        group = top / path.strip("/")
        for folder in (group, *group.parents):
            tightest = min(tightest, quota_of(folder))
            if folder == top:
                break
    return tightest


def threads_within(quota: float, available: int) -> int:
    """Whole CPUs within the quota, at least one."""
    return max(1, math.floor(min(quota, available)))


if __name__ == "__main__":
    quota, starts = cpu_quota(), torch.get_num_threads()
    print("cores of the machine:", os.cpu_count())
    print("cores allowed:       ", len(os.sched_getaffinity(0)))
    print("CPU quota:           ", quota)
    print("threads torch starts:", starts)
    print("threads to use:      ", threads_within(quota, starts))
