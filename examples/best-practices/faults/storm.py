"""Send requests, and account for each: python storm.py count at-once

With `--stop PID` the process gets SIGTERM when a third is answered; with
`--kill PID` it gets SIGKILL. Prints what became of the requests.
"""

import argparse
import asyncio
import os
import signal
from collections import Counter
from pathlib import Path

import httpx

URL = "http://127.0.0.1:8261/v1/classify"
PHOTOGRAPH = Path("artifact/golden.jpg").read_bytes()


async def storm(count: int, at_once: int, pid: int, number: int) -> Counter:
    """What became of `count` requests, of which so many are out at once."""
    seen: Counter[str] = Counter()
    places = asyncio.Semaphore(at_once)
    limits = httpx.Limits(max_keepalive_connections=0)  # each its own
    kind = {"Content-Type": "image/jpeg"}

    async def ask(client: httpx.AsyncClient) -> None:
        async with places:
            try:
                answer = await client.post(
                    URL, content=PHOTOGRAPH, headers=kind
                )
                seen[str(answer.status_code)] += 1
            except httpx.ConnectError:
                seen["no connection"] += 1  # nobody accepted it
            except httpx.TransportError:
                seen["lost"] += 1  # accepted, and never answered
            if pid and seen.total() == count // 3:
                os.kill(pid, number)

    async with httpx.AsyncClient(timeout=120, limits=limits) as client:
        await asyncio.gather(*(ask(client) for _ in range(count)))
    return seen


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("at_once", type=int)
    parser.add_argument("--stop", type=int, default=0)
    parser.add_argument("--kill", type=int, default=0)
    given = parser.parse_args()
    number = signal.SIGTERM if given.stop else signal.SIGKILL
    pid = given.stop or given.kill
    seen = asyncio.run(storm(given.count, given.at_once, pid, number))
    print("accounted for:", seen.total(), "of", given.count)
    print("kinds:", " ".join(sorted(seen)))
    print("lost:", seen["lost"])
