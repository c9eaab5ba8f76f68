"""Load on a service: requests that come when they come, and clients that wait for an answer."""

from __future__ import annotations

import asyncio
import itertools
import math
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

ENOUGH = {0.9: 50, 0.95: 100, 0.99: 500, 0.999: 5000}  # requests without which a tail is a guess
Send = Callable[[int, float], Awaitable[Any]]  # number and due time -> what the answer was


def quantile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that a share of all kept.

    None of fewer requests than tell it, and where that share was not answered.
    """
    if len(values) < ENOUGH.get(share, 1):
        return None
    value = sorted(values)[math.ceil(share * len(values)) - 1]
    return None if math.isinf(value) else value


def shown(value: float | None, form: str = ".1f") -> str:
    """A quantile in a table: n/a where there is none."""
    return "n/a" if value is None else format(value, form)


@dataclass(frozen=True)
class Load:
    """What became of every request, in order: milliseconds and the answer.

    One that raised or came to nothing has infinitely many milliseconds, and its error's name.
    """

    ms: list[float]
    answers: list[Any]
    seconds: float  # that all took together

    def percentiles(self, digits: int = 2) -> dict[str, float | int | None]:
        """p50 and p99 in milliseconds, and of how many requests."""
        found: dict[str, float | int | None] = {"requests": len(self.ms)}
        for name, share in (("p50_ms", 0.5), ("p99_ms", 0.99)):
            value = quantile(self.ms, share)
            found[name] = None if value is None else round(value, digits)
        return found

    def counts(self) -> dict[str, int]:
        """How often each answer came."""
        return dict(sorted(Counter(map(str, self.answers)).items()))


async def one(send: Send, number: int, due: float) -> tuple[float, Any]:
    """One request, timed from when it was due."""
    try:
        answer = await send(number, due)
    except Exception as error:  # a request that fails is a result
        return math.inf, type(error).__name__
    return (time.monotonic() - due) * 1e3, answer


async def open_loop(send: Send, rate: float, count: int, seed: int = 0) -> Load:
    """Poisson arrivals, `rate` a second on average; a request is timed from when it was due."""
    chance = random.Random(seed)
    gaps = [chance.expovariate(rate) for _ in range(count)]
    begin = time.monotonic()

    async def later(number: int, due: float) -> tuple[float, Any]:
        await asyncio.sleep(due - time.monotonic())
        return await one(send, number, due)

    due = itertools.accumulate(gaps, initial=begin)
    next(due)
    done = await asyncio.gather(*(later(n, at) for n, at in enumerate(due)))
    return Load([ms for ms, _ in done], [answer for _, answer in done], time.monotonic() - begin)


async def closed_loop(send: Send, clients: int, count: int) -> Load:
    """So many clients, each of which waits for its answer before it asks again."""
    numbers, begin = iter(range(count)), time.monotonic()
    done: dict[int, tuple[float, Any]] = {}

    async def client() -> None:
        for number in numbers:
            done[number] = await one(send, number, time.monotonic())

    await asyncio.gather(*(client() for _ in range(clients)))
    ordered = [done[number] for number in range(count)]
    seconds = time.monotonic() - begin
    return Load([ms for ms, _ in ordered], [answer for _, answer in ordered], seconds)
