"""Stop the server for a second, and ask both kinds of load test about it."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable
from pathlib import Path

from loadgen import Load, asking, client, closed_loop, open_loop

URL = "http://127.0.0.1:8271/v1/classify"
SERVER = int(sys.argv[1])


async def stalled(load: Awaitable[Load]) -> Load:
    """The load, during which the server does nothing for one second."""
    running = asyncio.ensure_future(load)
    await asyncio.sleep(1)
    os.kill(SERVER, signal.SIGSTOP)
    await asyncio.sleep(1)
    os.kill(SERVER, signal.SIGCONT)
    return await running


async def main() -> None:
    async with client() as http:
        ask = asking(http, URL, Path("artefact/golden.jpg"))
        await closed_loop(ask, clients=2, count=8)  # connections are open now
        closed = await stalled(closed_loop(ask, clients=1, count=200))
        opened = await stalled(open_loop(ask, rate=15, count=75))
    for name, load in ("closed", closed), ("open", opened):
        slow = int((load.seconds > 0.25).sum())
        print(f"{name:6} {dict(load.statuses)}")
        print(f"       more than three requests waited: {slow > 3}")
        print(f"       p99 saw the stall: {load.quantile(0.99) > 0.5}")


asyncio.run(main())
