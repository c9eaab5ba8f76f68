"""Open-loop load: each request leaves on time, whether or not answers came.

python loadgen.py URL FILE --rate 20 --count 200
"""

import argparse
import asyncio
import math
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
from scipy.special import bdtr

IN_FLIGHT = 256  # beyond this, a request counts as lost and is not sent
Ask = Callable[[], Awaitable[int]]  # sends one request, returns its status


@dataclass(frozen=True)
class Load:
    """What came back: seconds from the scheduled time, inf where no 200."""

    seconds: np.ndarray
    statuses: Counter[str]
    lateness: float  # how late the generator itself was, at most

    def quantile(self, q: float) -> float:
        """The smallest latency that a share q of all requests kept."""
        rank = math.ceil(q * len(self.seconds))
        return float(np.sort(self.seconds)[rank - 1])

    def interval(self, q: float, confidence: float = 0.95) -> list[float]:
        """Order statistics that enclose the true quantile.

        The upper end is inf where too few requests were made to have one.
        """
        ordered = np.append(np.sort(self.seconds), np.inf)
        outside = (1 - confidence) / 2
        count = len(self.seconds)
        below = bdtr(np.arange(count + 1), count, q)  # binomial distribution
        low, high = np.searchsorted(below, [outside, 1 - outside])
        return [float(ordered[low - 1]), float(ordered[high])]


async def open_loop(
    ask: Ask, rate: float, count: int, seed: int = 0, warm_up: int = 0
) -> Load:
    """Poisson arrivals: `rate` a second on average, `count` measured."""
    gaps = np.random.default_rng(seed).exponential(1 / rate, warm_up + count)
    seconds, statuses = np.full(warm_up + count, np.inf), Counter[str]()
    in_flight, lateness = 0, 0.0

    async def one(number: int, scheduled: float) -> None:
        nonlocal in_flight
        if in_flight >= IN_FLIGHT:
            status = "not sent"
        else:
            in_flight += 1
            try:
                status = str(await ask())
            except httpx.HTTPError as error:
                status = type(error).__name__
            finally:
                in_flight -= 1
        if status == "200":
            seconds[number] = time.perf_counter() - scheduled
        if number >= warm_up:
            statuses[status] += 1

    async with asyncio.TaskGroup() as requests:
        scheduled = time.perf_counter()
        for number, gap in enumerate(gaps):
            scheduled += gap
            await asyncio.sleep(max(0, scheduled - time.perf_counter()))
            lateness = max(lateness, time.perf_counter() - scheduled)
            requests.create_task(one(number, scheduled))
    return Load(seconds[warm_up:], statuses, lateness)


async def closed_loop(ask: Ask, clients: int, count: int) -> Load:
    """Each client waits for its answer before it asks again."""
    seconds, statuses = np.full(count, np.inf), Counter[str]()
    numbers = iter(range(count))

    async def client() -> None:
        for number in numbers:
            start = time.perf_counter()
            status = str(await ask())
            if status == "200":
                seconds[number] = time.perf_counter() - start
            statuses[status] += 1

    await asyncio.gather(*(client() for _ in range(clients)))
    return Load(seconds, statuses, 0.0)


def asking(client: httpx.AsyncClient, url: str, photograph: Path) -> Ask:
    """A function that sends this photograph."""
    content, kind = photograph.read_bytes(), {"Content-Type": "image/jpeg"}

    async def ask() -> int:
        answer = await client.post(url, content=content, headers=kind)
        return answer.status_code

    return ask


def client() -> httpx.AsyncClient:
    """A client that does not hold requests back, or wait indefinitely."""
    limits = httpx.Limits(max_connections=IN_FLIGHT)
    return httpx.AsyncClient(limits=limits, timeout=60)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("file", type=Path)
    parser.add_argument("--rate", type=float, default=10)
    parser.add_argument("--count", type=int, default=200)
    options = parser.parse_args()
    async with client() as http:
        ask = asking(http, options.url, options.file)
        load = await open_loop(ask, options.rate, options.count, warm_up=10)
    print(dict(load.statuses))
    for q in (0.5, 0.9, 0.99):
        low, high = (1000 * end for end in load.interval(q))
        value = 1000 * load.quantile(q)
        print(f"p{100 * q:.0f} {value:.1f} ms (95%: {low:.1f} to {high:.1f})")
    print(f"sent late by at most {1000 * load.lateness:.1f} ms")


if __name__ == "__main__":
    asyncio.run(main())
