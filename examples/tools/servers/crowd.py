"""Does a bad request hurt its neighbors? python crowd.py URL ..."""

import asyncio
import json
import sys
from pathlib import Path

import httpx

GOOD = json.loads(Path("seven.json").read_text())
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


for url in sys.argv[1:]:
    asyncio.run(main(url))
