"""How slow this machine is now: a factor that a run measures at its start,
by which it multiplies its time limits.

A limit on time says "this hangs". On a machine that is busy with other things the same work takes
longer without hanging, so every limit is what a quiet machine needs, times this factor. It is
measured with as many processes at once as the run will have, because these share the machine too.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# environment variable: the factor of this run, which worker processes inherit
FACTOR = "FENCEPROOF_PACE"
QUIET_S = 0.5  # what WORK takes on a quiet machine of the kind that the records are made on
MOST = 50.0  # upper limit of the factor
WORK = """
import time
begun, total = time.perf_counter(), 0
for number in range(4_000_000):
    total += number & 7
print(time.perf_counter() - begun)
"""


def measure(processes: int = 1) -> float:
    """How many times longer work takes now than on a quiet machine,
    with this many processes at once; at least 1.
    """
    command = [sys.executable, "-I", "-S", "-c", WORK]
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        for _ in range(max(1, processes))
    ]
    slowest = max(float(process.communicate()[0]) for process in running)
    return min(MOST, max(1.0, slowest / QUIET_S))


@contextmanager
def measure_once(processes: int) -> Iterator[None]:
    """Measure for a run of this many processes, unless that is done, and forget it afterwards."""
    measured_here = FACTOR not in os.environ
    factor(processes)
    try:
        yield
    finally:
        if measured_here:
            os.environ.pop(FACTOR, None)


def factor(processes: int = 1) -> float:
    """The factor of this run: measured when first asked for,
    then kept for it and for all that it starts.
    """
    if FACTOR not in os.environ:
        os.environ[FACTOR] = f"{measure(processes):.2f}"
    return float(os.environ[FACTOR])


def patience(seconds: float) -> float:
    """A limit that holds on a quiet machine, for the machine as it is."""
    return seconds * factor()
