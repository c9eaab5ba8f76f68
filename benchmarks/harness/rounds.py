"""Rounds: every variant takes its turn in each, so that noise falls on all alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Literal, TypeVar

Key = TypeVar("Key", bound=Hashable)
Times = dict[str, list[float]]


def timer(
    call: Callable[[], Any],
    repeat: int = 1,
    settle: bool = False,
    clock: Callable[[], float] = time.perf_counter,
) -> Callable[[], float]:
    """What times a call: milliseconds, the mean of `repeat` calls in a row.

    `settle` calls once before, which brings the variant's weights into the caches.
    """

    def timed() -> float:
        if settle:
            call()
        start = clock()
        for _ in range(repeat):
            call()
        return (clock() - start) / repeat * 1e3

    return timed


def interleave(
    timers: Mapping[Key, Callable[[], float]], rounds: int, warm_up: int = 1
) -> dict[Key, list[float]]:
    """What each timer returns, by round; the first `warm_up` rounds do not count."""
    times: dict[Key, list[float]] = {name: [] for name in timers}
    for number in range(warm_up + rounds):
        for name, timed in timers.items():
            value = timed()
            if number >= warm_up:
                times[name].append(value)
    return times


def take_turns(
    calls: Mapping[Key, Callable[[], Any]], rounds: int, warm_up: int = 1, **how: Any
) -> dict[Key, list[float]]:
    """Milliseconds of every call, by round; `how` is what `timer` takes."""
    timers = {name: timer(call, **how) for name, call in calls.items()}
    return interleave(timers, rounds, warm_up)


def medians(times: Mapping[Key, Sequence[float]]) -> dict[Key, float]:
    """The middle of each variant's rounds."""
    return {name: statistics.median(values) for name, values in times.items()}


def ratios(base: Sequence[float | None], own: Sequence[float | None]) -> list[float]:
    """How many times faster than the base, in each round that has both."""
    return [b / t for b, t in zip(base, own, strict=False) if b and t]


def quartiles(
    values: Sequence[float], method: Literal["inclusive", "exclusive"] = "inclusive"
) -> tuple[float, float, float]:
    """The lower quartile, the median and the upper quartile; of one value, three times that."""
    if len(values) == 1:
        return values[0], values[0], values[0]
    low, middle, high = statistics.quantiles(values, n=4, method=method)
    return low, middle, high


def spread(values: Sequence[float], digits: int = 4) -> dict[str, float]:
    """Median and quartiles, to `digits` significant digits."""
    low, middle, high = quartiles(values)
    return {
        key: float(f"{value:.{digits}g}")
        for key, value in (("median", middle), ("q1", low), ("q3", high))
    }
