"""MLPerf Inference's load shapes, in small."""

import asyncio
import time
from pathlib import Path

from loadgen import asking, client, closed_loop, open_loop

URL = "http://127.0.0.1:8271/v1/classify"


async def main() -> None:
    async with client() as http:
        ask = asking(http, URL, Path("artifact/golden.jpg"))
        await closed_loop(ask, clients=4, count=12)
        single = await closed_loop(ask, clients=1, count=30)
        server = await open_loop(ask, rate=12, count=24, seed=1)
        start = time.perf_counter()
        offline = await closed_loop(ask, clients=32, count=64)
        seconds = time.perf_counter() - start
    figures = {
        "single stream": (single, f"p90 {1000 * single.quantile(0.9):.1f} ms"),
        "server": (server, f"p99 {1000 * server.quantile(0.99):.1f} ms"),
        "offline": (offline, f"{64 / seconds:.1f} images/s"),
    }
    with Path("shapes.txt").open("w") as report:
        for name, (load, figure) in figures.items():
            print(f"{name:14}{figure}", file=report)
            print(f"{name:14}{dict(load.statuses)}")


asyncio.run(main())
