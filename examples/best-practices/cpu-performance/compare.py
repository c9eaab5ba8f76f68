"""How many times as fast is one function as another, on this machine?"""

import statistics
import time
from collections.abc import Callable


def seconds(run: Callable[[], object], calls: int) -> float:
    start = time.perf_counter()
    for _ in range(calls):
        run()
    return time.perf_counter() - start


def times_as_fast(
    after: Callable[[], object],
    before: Callable[[], object],
    calls: int = 5,
    rounds: int = 9,
) -> tuple[float, float, float]:
    """Quartiles of the ratio: a quarter of the rounds, half, three quarters.

    The two take turns, so what slows the machine slows both.
    """
    for run in (before, after):
        seconds(run, calls)  # first calls are others: not measured
    ratios = [
        seconds(before, calls) / seconds(after, calls) for _ in range(rounds)
    ]
    low, median, high = statistics.quantiles(ratios, n=4)
    return low, median, high
