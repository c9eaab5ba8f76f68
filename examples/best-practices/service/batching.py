"""Dynamic micro-batching: many requests wait, one thread computes.

A lone request is never made to wait for company: the batcher waits only for
requests that have arrived and are still being decoded.
"""

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import numpy as np

T = TypeVar("T")
Predict = Callable[[np.ndarray], np.ndarray]


class Overloaded(Exception):
    """The queue is full; `retry_after` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("the queue is full")
        self.retry_after = retry_after


class DeadlinePassed(Exception):
    """The request was not computed: its answer would have come too late."""


class ItemFailed(Exception):
    """The model fails on this item, whichever batch it is in."""


class Observer(Protocol):
    """What wants to know how the batcher fares; times are in seconds."""

    def prepared(self, seconds: float) -> None: ...
    def queued(self, seconds: float) -> None: ...
    def computed(self, batch: int, seconds: float) -> None: ...


@dataclass(eq=False)  # each is itself, whatever its value
class _Item:
    value: np.ndarray
    deadline: float  # on the monotonic clock: a set clock cannot move it
    answer: "asyncio.Future[np.ndarray]"
    since: float = field(default_factory=time.monotonic)


class Batcher:
    """Gathers single items into batches for one inference thread.

    Args:
        predict: items [n, ...] to answers [n, ...]; called in one thread.
        max_batch: the most items in one call.
        max_queue: the most items that are inside at once.
        decoders: how many items are prepared at once, each in a thread.
        max_wait_s: how long a batch waits for requests being decoded.
        collate: makes one array of the items of a batch.
        thread: the one to call `predict` in, if it has to be a certain one.
    """

    def __init__(
        self,
        predict: Predict,
        observer: Observer,
        *,
        max_batch: int,
        max_queue: int,
        max_wait_s: float,
        decoders: int = 2,
        collate: Callable[[list[np.ndarray]], np.ndarray] = np.stack,
        thread: ThreadPoolExecutor | None = None,
    ) -> None:
        self._predict, self._observer = predict, observer
        self._collate = collate
        self._max_batch, self._max_queue = max_batch, max_queue
        self._max_wait_s = max_wait_s
        self._waiting: deque[_Item] = deque()
        self._inside = self._preparing = 0
        self._item_s = 0.02  # recent time for one item, to say when to retry
        self._wake = asyncio.Event()
        self._decoders = ThreadPoolExecutor(decoders, "decode")
        self._free = asyncio.Semaphore(decoders)
        self._thread = thread or ThreadPoolExecutor(1, "inference")
        self._task = asyncio.create_task(self._work())

    @property
    def alive(self) -> bool:
        """False if the loop that serves batches has ended."""
        return not self._task.done()

    @property
    def inside(self) -> int:
        """Items that were admitted and are not yet answered."""
        return self._inside

    def admit(self, count: int = 1) -> None:
        """Raise `Overloaded` if so many more items would not fit."""
        if self._inside + count > self._max_queue:
            seconds = math.ceil(self._inside * self._item_s)
            raise Overloaded(max(1, seconds))

    @contextmanager
    def _places(self, count: int) -> Iterator[None]:
        self.admit(count)
        self._inside += count
        try:
            yield
        finally:
            self._inside -= count

    async def submit(
        self, prepare: Callable[[], np.ndarray], deadline: float
    ) -> np.ndarray:
        """The model's answer for one item.

        Args:
            prepare: makes the item; called in a thread of its own, so that
                it may decode. Its exceptions are passed on.
            deadline: when the answer is of no more use, on the clock of
                `time.monotonic`.

        Raises:
            Overloaded, DeadlinePassed, ItemFailed: as they say.
        """
        [answer] = await self.submit_all([prepare], deadline)
        return answer

    async def submit_all(
        self, prepares: Sequence[Callable[[], np.ndarray]], deadline: float
    ) -> list[np.ndarray]:
        """Answers for all items of a request, or for none of them.

        There is room for all or they are refused, and when one fails or
        the client goes away, the others are not computed either.
        """
        with self._places(len(prepares)):
            work = [
                asyncio.ensure_future(self._answer(prepare, deadline))
                for prepare in prepares
            ]
            try:
                async with asyncio.timeout(deadline - time.monotonic()):
                    return await asyncio.gather(*work)
            except TimeoutError:
                raise DeadlinePassed from None
            finally:
                for one in work:
                    one.cancel()

    async def prepare(self, make: Callable[[], T], deadline: float) -> T:
        """What `make` returns, from the threads in which items are made.

        For input that is several items, or none; it takes one place.
        """
        with self._places(1):
            try:
                async with asyncio.timeout(deadline - time.monotonic()):
                    return await self._prepare(make)
            except TimeoutError:
                raise DeadlinePassed from None

    async def _answer(
        self, prepare: Callable[[], np.ndarray], deadline: float
    ) -> np.ndarray:
        value = await self._prepare(prepare)
        loop = asyncio.get_running_loop()
        item = _Item(value, deadline, loop.create_future())
        self._waiting.append(item)
        self._wake.set()
        try:
            return await item.answer  # cancelled with its client
        finally:
            if item in self._waiting:  # nobody waits: free its memory
                self._waiting.remove(item)

    async def _prepare(self, make: Callable[[], T]) -> T:
        """Call it in a thread, which is free again when the thread is done.

        Who waits for a thread waits here and not in the executor's queue,
        which has no bound and keeps what was given up.
        """
        loop = asyncio.get_running_loop()

        def release() -> None:  # called in the thread
            with suppress(RuntimeError):  # the loop is closed: it ends
                loop.call_soon_threadsafe(self._free.release)

        self._preparing += 1
        try:
            await self._free.acquire()
            start = time.monotonic()
            try:
                work = self._decoders.submit(make)
            except BaseException:
                self._free.release()
                raise
            work.add_done_callback(lambda _: release())
            made = await asyncio.wrap_future(work)
            self._observer.prepared(time.monotonic() - start)
            return made
        finally:
            self._preparing -= 1
            self._wake.set()

    async def _work(self) -> None:
        while True:
            while not self._waiting:
                self._wake.clear()
                await self._wake.wait()
            await self._gather()
            if batch := self._take():
                await self._serve(batch)

    async def _gather(self) -> None:
        """Wait until the batch is full, or nobody is on the way."""
        try:
            async with asyncio.timeout(self._max_wait_s):
                while self._preparing and len(self._waiting) < self._max_batch:
                    self._wake.clear()
                    await self._wake.wait()
        except TimeoutError:
            pass

    def _take(self) -> list[_Item]:
        """The next items that somebody still waits for."""
        batch: list[_Item] = []
        now = time.monotonic()
        while self._waiting and len(batch) < self._max_batch:
            item = self._waiting.popleft()
            if not item.answer.done() and item.deadline > now:
                self._observer.queued(now - item.since)
                batch.append(item)
        return batch

    async def _serve(self, batch: list[_Item]) -> None:
        try:
            answers = await self._compute(batch)
        except Exception as error:
            if len(batch) > 1:  # one item may spoil it: ask for each alone
                for item in batch:
                    await self._serve([item])
            elif not batch[0].answer.done():
                failure = ItemFailed(str(error))
                failure.__cause__ = error  # its traceback belongs in the log
                batch[0].answer.set_exception(failure)
            return
        for item, answer in zip(batch, answers, strict=True):
            if item.answer.done():
                continue
            if np.isfinite(answer).all():
                item.answer.set_result(answer)
            else:
                item.answer.set_exception(ItemFailed("not a finite number"))

    async def _compute(self, batch: list[_Item]) -> np.ndarray:
        start = time.monotonic()
        items = self._collate([item.value for item in batch])
        loop = asyncio.get_running_loop()
        answers = await loop.run_in_executor(
            self._thread, self._predict, items
        )
        if len(answers) != len(batch):  # whose would be whose?
            raise ValueError(f"{len(batch)} items, {len(answers)} answers")
        seconds = time.monotonic() - start
        self._item_s += 0.1 * (seconds / len(batch) - self._item_s)
        self._observer.computed(len(batch), seconds)
        return answers

    async def close(self) -> None:
        """End the threads. Whoever still waits gets a cancellation."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        for item in self._waiting:
            item.answer.cancel()
        self._decoders.shutdown(wait=False, cancel_futures=True)
        self._thread.shutdown(wait=False, cancel_futures=True)
