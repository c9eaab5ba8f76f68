"""Does a bad request hurt its neighbours? python crowd.py URL"""

import asyncio
import sys

import httpx
from sklearn.datasets import load_digits

GOOD = load_digits().data[1422].tolist()
BAD = GOOD[1:]


async def main(url: str, rounds: int = 30) -> None:
    """Seven good requests and a bad one at once, again and again."""
    spoiled = 0
    async with httpx.AsyncClient(timeout=60) as client:
        for _ in range(rounds):
            answers = await asyncio.gather(
                *(
                    client.post(url, json={"pixels": pixels})
                    for pixels in [GOOD, GOOD, GOOD, BAD, *[GOOD] * 4]
                )
            )
            good = answers[:3] + answers[4:]
            spoiled += sum(one.status_code != 200 for one in good)
    print("good requests failed:", "none" if not spoiled else "some")


asyncio.run(main(sys.argv[1]))
