"""120 questions at 60 a second, of people who exist and some who do not."""

import asyncio
import sys
import time

import httpx
import numpy as np

BUDGET_S, COUNT, RATE = 0.25, 120, 60


async def main(url: str) -> None:
    generator = np.random.default_rng(0)
    arrivals = np.cumsum(generator.exponential(1 / RATE, COUNT))  # Poisson
    async with httpx.AsyncClient(base_url=url, timeout=120) as client:
        begin = time.monotonic()

        async def one(at: float, user: int) -> tuple[float, int, str]:
            await asyncio.sleep(begin + at - time.monotonic())
            answer = await client.post("/v1/recommend", json={"user": user})
            late = time.monotonic() - begin - at  # since it was due
            return late, answer.status_code, answer.json()["because"]

        users = generator.integers(1, 1100, COUNT).tolist()
        found = await asyncio.gather(*map(one, arrivals.tolist(), users))
    seconds = np.array([late for late, _, _ in found])
    because = [why for _, _, why in found]
    p99 = float(np.quantile(seconds, 0.99))
    print("answered:", [status for _, status, _ in found].count(200))
    print("personal for most:", because.count("personal") > COUNT / 2)
    print(
        f"p50 {np.median(seconds):.4f} s, p99 {p99:.4f} s, "
        f"within the budget: {p99 <= BUDGET_S}",
        file=sys.stderr,
    )


asyncio.run(main(sys.argv[1]))
