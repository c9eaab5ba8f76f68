# --8<-- [start:server]
import asyncio
import time

import numpy as np


class Server:
    """Answers one request at a time, and once stalls for 0.3 s."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self.answered = 0

    async def predict(self) -> None:
        async with self.turn:
            self.answered += 1
            stalls = self.answered == 50
            await asyncio.sleep(0.3 if stalls else 0.001)


# --8<-- [end:server]


# --8<-- [start:reproduce]
INTERVAL, COUNT = 0.003, 200  # 333 requests a second, for 0.6 s


async def closed_loop() -> np.ndarray:
    """Send the next request when the last one is answered."""
    server, latency = Server(), []
    for _ in range(COUNT):
        sent = time.perf_counter()
        await server.predict()
        latency.append(time.perf_counter() - sent)
        await asyncio.sleep(max(0.0, INTERVAL - latency[-1]))
    return np.array(latency)


def report(latency: np.ndarray) -> None:
    """Say whether the stall shows."""
    p99 = np.quantile(latency, 0.99, method="inverted_cdf")
    print("longest above 0.2 s:", latency.max() > 0.2)
    print("p99 above 0.2 s:", p99 > 0.2)


report(asyncio.run(closed_loop()))
# --8<-- [end:reproduce]


# --8<-- [start:fix]
async def open_loop() -> np.ndarray:
    """Send on schedule, and count from the scheduled time."""
    server, begin = Server(), time.perf_counter()

    async def request(number: int) -> float:
        scheduled = begin + number * INTERVAL
        await asyncio.sleep(max(0.0, scheduled - time.perf_counter()))
        await server.predict()
        return time.perf_counter() - scheduled

    return np.array(await asyncio.gather(*map(request, range(COUNT))))


report(asyncio.run(open_loop()))
# --8<-- [end:fix]
