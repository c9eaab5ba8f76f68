"""30 requests at 15 a second, each measured from when it was due."""

import asyncio
import sys
import time

import httpx
import numpy as np

from sentences import load, sample

BUDGET_S, COUNT, RATE = 0.5, 30, 15


async def main(url: str) -> None:
    texts = [s.text for s in sample(load(), "test", COUNT)]
    generator = np.random.default_rng(0)
    arrivals = np.cumsum(generator.exponential(1 / RATE, COUNT))  # Poisson
    async with httpx.AsyncClient(base_url=url, timeout=120) as client:
        begin = time.monotonic()

        async def one(at: float, text: str) -> tuple[float, int]:
            await asyncio.sleep(begin + at - time.monotonic())
            question = {"texts": [text], "truncation": "head"}
            answer = await client.post("/v1/classify", json=question)
            return time.monotonic() - begin - at, answer.status_code

        found = await asyncio.gather(*map(one, arrivals.tolist(), texts))
    seconds = np.array([late for late, _ in found])
    p99 = float(np.quantile(seconds, 0.99))
    print("answered:", [status for _, status in found].count(200))
    print(
        f"p50 {np.median(seconds):.4f} s, p99 {p99:.4f} s, "
        f"within the budget: {p99 <= BUDGET_S}",
        file=sys.stderr,
    )


asyncio.run(main(sys.argv[1]))
