"""18 photographs at 6 a second, each measured from when it was due."""

import asyncio
import sys
import time

import httpx
import numpy as np

from pictures import GOOD

BUDGET_S, COUNT, RATE = 1.0, 18, 6


async def main(url: str) -> None:
    forms = ("as it is", "held upright", "12 megapixels")
    photographs = [GOOD[form] for form in forms]
    generator = np.random.default_rng(0)
    arrivals = np.cumsum(generator.exponential(1 / RATE, COUNT))  # Poisson
    async with httpx.AsyncClient(base_url=url, timeout=120) as client:
        begin = time.monotonic()

        async def one(at: float, photograph: bytes) -> tuple[float, int]:
            await asyncio.sleep(begin + at - time.monotonic())
            answer = await client.post(
                "/v1/classify",
                content=photograph,
                headers={"Content-Type": "image/jpeg"},
            )
            return time.monotonic() - begin - at, answer.status_code

        found = await asyncio.gather(*[
            one(at, photographs[n % 3]) for n, at in enumerate(arrivals)
        ])  # fmt: skip
    seconds = np.array([late for late, _ in found])
    p99 = float(np.quantile(seconds, 0.99))
    print("answered:", [status for _, status in found].count(200))
    print(
        f"p50 {np.median(seconds):.4f} s, p99 {p99:.4f} s, "
        f"within the budget: {p99 <= BUDGET_S}",
        file=sys.stderr,
    )


asyncio.run(main(sys.argv[1]))
