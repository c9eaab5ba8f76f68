# --8<-- [start:bench]
import asyncio
import threading
import time
from collections.abc import Callable

import numpy as np

from batching import Batcher, DeadlinePassed, ItemFailed, Overloaded


class Model:
    """Doubles its input, slowly, and remembers how it was called."""

    def __init__(self) -> None:
        self.may_go = threading.Event()  # while cleared, it computes on
        self.may_go.set()
        self.batches: list[list[float]] = []
        self.threads: set[str] = set()

    def __call__(self, images: np.ndarray) -> np.ndarray:
        self.batches.append([float(value) for value in images[:, 0]])
        self.threads.add(threading.current_thread().name)
        time.sleep(0.05)
        self.may_go.wait()
        if (images == 13).any():
            raise ValueError("13 is unlucky")
        answers = images * 2.0
        answers[images == 7] = np.nan
        return answers


class Silent:
    """Observes nothing."""

    def prepared(self, seconds: float) -> None: ...
    def queued(self, seconds: float) -> None: ...
    def computed(self, batch: int, seconds: float) -> None: ...


def batcher(model: Model, max_queue: int = 64) -> Batcher:
    return Batcher(
        model, Silent(), max_batch=4, max_queue=max_queue, max_wait_s=0.05
    )


def image(value: float) -> Callable[[], np.ndarray]:
    return lambda: np.array([value])


def soon(seconds: float = 30.0) -> float:
    return time.monotonic() + seconds
# --8<-- [end:bench]


# --8<-- [start:lone]
async def lone() -> None:
    model = Model()
    queue = batcher(model)
    for value in (1, 2, 3):
        answer = await queue.submit(image(value), soon())
        print(value, "->", answer[0])
    print("batches:", model.batches)
    await queue.close()


asyncio.run(lone())
# --8<-- [end:lone]


# --8<-- [start:crowd]
async def crowd() -> None:
    model = Model()
    queue = batcher(model)
    answers = await asyncio.gather(
        *(queue.submit(image(value), soon()) for value in range(20, 32))
    )
    print("answers:", [int(answer[0]) for answer in answers])
    sizes = [len(batch) for batch in model.batches]
    print("images:", sum(sizes), "largest batch:", max(sizes))
    print("fewer calls than images:", len(sizes) < sum(sizes))
    print("threads:", model.threads)
    await queue.close()


asyncio.run(crowd())
# --8<-- [end:crowd]


# --8<-- [start:full]
async def full() -> None:
    model = Model()
    queue = batcher(model, max_queue=4)
    results = await asyncio.gather(
        *(queue.submit(image(value), soon()) for value in range(20, 30)),
        return_exceptions=True,
    )
    refused = [r for r in results if isinstance(r, Overloaded)]
    print("answered:", len(results) - len(refused), "refused:", len(refused))
    print("come back in", {r.retry_after for r in refused}, "s")
    print("inside now:", queue.inside)
    await queue.close()


asyncio.run(full())
# --8<-- [end:full]


# --8<-- [start:late]
async def late() -> None:
    model = Model()
    queue = batcher(model)
    model.may_go.clear()
    first = asyncio.create_task(queue.submit(image(1), soon()))
    while not model.batches:
        await asyncio.sleep(0.01)  # now the thread is busy with it
    hurried = asyncio.create_task(queue.submit(image(2), soon(0.05)))
    left = asyncio.create_task(queue.submit(image(3), soon()))
    await asyncio.wait([hurried])  # until its deadline has passed
    left.cancel()  # its client hung up
    model.may_go.set()
    results = await asyncio.gather(
        first, hurried, left, return_exceptions=True
    )
    print([type(result).__name__ for result in results])
    print("after them:", await queue.submit(image(4), soon()))
    print("the model saw:", model.batches)
    await queue.close()


asyncio.run(late())
# --8<-- [end:late]


# --8<-- [start:poison]
async def poison() -> None:
    model = Model()
    queue = batcher(model)
    results = await asyncio.gather(
        *(queue.submit(image(value), soon()) for value in (1, 13, 7, 2)),
        return_exceptions=True,
    )
    for value, result in zip((1, 13, 7, 2), results, strict=True):
        failed = isinstance(result, ItemFailed)
        print(value, f"failed: {result}" if failed else f"-> {result[0]}")
    print("and it goes on:", await queue.submit(image(5), soon()))
    await queue.close()


asyncio.run(poison())
# --8<-- [end:poison]
