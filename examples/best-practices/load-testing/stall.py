"""Stop the server for a while, and ask both kinds of load test about it."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable
from pathlib import Path

from loadgen import Load, asking, client, closed_loop, open_loop

URL = "http://127.0.0.1:8271/v1/classify"
SERVER = int(sys.argv[1])


async def stalled(load: Awaitable[Load], seconds: float) -> Load:
    """The load; after `seconds`, the server does nothing for as long."""
    running = asyncio.ensure_future(load)
    await asyncio.sleep(seconds)
    os.kill(SERVER, signal.SIGSTOP)
    await asyncio.sleep(seconds)
    os.kill(SERVER, signal.SIGCONT)
    return await running


async def main() -> None:
    async with client() as http:
        ask = asking(http, URL, Path("artifact/golden.jpg"))
        alone = await closed_loop(ask, clients=1, count=10)
        usual = alone.quantile(0.5)  # seconds of one request
        stall = 20 * usual
        closed = await stalled(closed_loop(ask, clients=1, count=110), stall)
        opened = await stalled(
            open_loop(ask, rate=0.5 / usual, count=40, seed=3), stall
        )
    for name, load in ("closed", closed), ("open", opened):
        slow = int((load.seconds > stall / 4).sum())
        print(f"{name:6} {dict(load.statuses)}")
        print(f"       more than three requests waited: {slow > 3}")
        print(f"       p99 saw the stall: {load.quantile(0.99) > stall / 2}")


asyncio.run(main())
