"""Bounded load: python load.py http://127.0.0.1:8423"""

import asyncio
import random
import sys
import time
from pathlib import Path

import httpx

from catalogues import load_pairs

RATE, COUNT, BUDGET_S = 20, 60, 0.5
TEXTS = [p.english for p in load_pairs(Path("weights/pairs.json"))["test"]]


async def ask(client: httpx.AsyncClient, due: float, text: str) -> float:
    """Seconds from when the request was due to its first text."""
    await asyncio.sleep(due - time.monotonic())
    body = {"text": text, "stream": True}
    async with client.stream("POST", "/v1/translate", json=body) as answer:
        answer.raise_for_status()
        lines = answer.aiter_lines()
        await anext(lines)
        first = time.monotonic() - due
        async for _ in lines:
            pass
    return first


async def main() -> None:
    chance = random.Random(0)
    texts = chance.sample(TEXTS, COUNT)
    due = time.monotonic()
    async with httpx.AsyncClient(base_url=sys.argv[1], timeout=120) as client:
        asking = []
        for text in texts:
            due += chance.expovariate(RATE)
            asking.append(ask(client, due, text))
        seconds = sorted(await asyncio.gather(*asking))
    p99 = seconds[round(0.99 * (COUNT - 1))]
    print("answered:", len(seconds))
    print(
        f"p99 of the first text {p99:.3f} s, "
        f"within the budget: {p99 <= BUDGET_S}",
        file=sys.stderr,
    )


asyncio.run(main())
