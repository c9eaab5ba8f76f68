"""One model, from its artefact to its answers."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import numpy as np
import torch
from starlette.requests import ClientDisconnect, Request

from artefact import Manifest, verify
from batching import Batcher, DeadlinePassed, ItemFailed, Overloaded
from imaging import PREPROCESSING
from model import Predict, open_model, self_test, warm_up
from security import Gate, TooFast, Unknown
from settings import Settings
from telemetry import CLIENT, Metrics

log = logging.getLogger("service")
Phase = Literal["starting", "ready", "draining", "failed"]


class Problem(Exception):
    """An answer that is no result."""

    def __init__(
        self, status: int, cause: str, error: str, retry_after: float = 0
    ) -> None:
        super().__init__(error)
        self.status, self.cause, self.error = status, cause, error
        self.headers = {}
        if retry_after:
            self.headers["Retry-After"] = str(max(1, round(retry_after)))
        if status == 401:
            self.headers["WWW-Authenticate"] = "Bearer"
        if status in (408, 413, 503):  # the rest of the body stays unread
            self.headers["Connection"] = "close"


class Service:
    """One model, from its artefact to its answers.

    Another kind of model is a subclass: it says what is done to its inputs,
    how it is loaded, and how its items become a batch.
    """

    preprocessing = PREPROCESSING
    collate = staticmethod(np.stack)

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self.metrics.inside.set_function(
            lambda: self.batcher.inside if self.batcher else 0
        )
        self.metrics.ready.set_function(lambda: self.phase == "ready")
        self.gate = Gate(settings.api_keys, settings.requests_per_s)
        self.phase: Phase = "starting"
        self.batcher: Batcher | None = None
        self.manifest: Manifest
        self.labels: list[str]

    def verify(self) -> None:
        """Check the artefact. Raises `Refused` before anything listens."""
        folder = self.settings.artefact
        self.manifest = verify(folder, self.preprocessing)
        self.labels = []
        if self.manifest.labels:
            labels = folder / self.manifest.labels
            self.labels = labels.read_text("utf-8").splitlines()

    def load(self) -> Predict:
        """The model, tested and warm: a batch of items to answers."""
        settings = self.settings
        form = self.manifest.export.format
        predict = open_model(settings.artefact, form)
        allowed = self.manifest.tolerances.max_abs
        self_test(predict, settings.artefact, allowed)
        warm_up(predict, settings.max_batch)
        return predict

    async def start(self) -> None:
        """Load, test and warm up; only then be ready.

        All of it in the thread that will compute: each thread that computes
        has OpenMP workers of its own, and more of them than cores are slow.
        """
        thread = ThreadPoolExecutor(1, "inference")
        loop = asyncio.get_running_loop()
        try:
            torch.set_num_threads(self.settings.threads)
            predict = await loop.run_in_executor(thread, self.load)
        except Exception:
            thread.shutdown(wait=False)
            self.phase = "failed"
            log.exception("the model cannot be served")
            return
        settings = self.settings
        self.batcher = Batcher(
            predict,
            self.metrics,
            max_batch=settings.max_batch,
            max_queue=settings.max_queue,
            max_wait_s=settings.max_wait_ms / 1000,
            collate=self.collate,
            thread=thread,
        )
        if self.phase == "starting":
            self.phase = "ready"
            log.info("ready")

    async def close(self) -> None:
        if self.batcher:
            await self.batcher.close()

    @property
    def alive(self) -> bool:
        return self.phase != "failed" and (
            self.batcher is None or self.batcher.alive
        )

    def enter(self, authorization: str) -> Batcher:
        """Let a request in, or say at once why not."""
        if self.phase != "ready" or self.batcher is None:
            raise Problem(503, self.phase, f"the service is {self.phase}", 1)
        scheme, _, key = authorization.partition(" ")
        try:
            CLIENT.set(self.gate.enter(key if scheme == "Bearer" else ""))
            self.batcher.admit()
        except Unknown:
            raise Problem(401, "unknown_key", "no valid API key") from None
        except TooFast as limit:
            raise Problem(
                429, "rate_limit", str(limit), limit.retry_after
            ) from None
        except Overloaded as full:
            raise Problem(
                429, "queue_full", str(full), full.retry_after
            ) from None
        return self.batcher

    async def read(self, request: Request) -> bytes:
        """The body, up to the limits on size and time.

        A client that is still sending does not read: of a body that is
        somewhat too large, the rest is dropped, so that it sees the 413.
        """
        limit = self.settings.max_bytes
        too_large = Problem(413, "too_large", f"more than {limit} bytes")
        if int(request.headers.get("content-length", 0)) > 4 * limit:
            raise too_large
        body, size = bytearray(), 0
        try:
            async with asyncio.timeout(self.settings.read_timeout_s):
                async for chunk in request.stream():
                    size += len(chunk)
                    if size <= limit:
                        body += chunk
                    elif size > 4 * limit:
                        break
        except TimeoutError:
            raise Problem(408, "slow_client", "the body came slowly") from None
        if size > limit:
            raise too_large
        return bytes(body)

    async def predict(
        self, request: Request, *items: Callable[[], np.ndarray]
    ) -> np.ndarray:
        """Answers [items, ...], unless the client goes away.

        Args:
            request: its body has been read.
            items: functions that make one input each, such as an image.
        """
        assert self.batcher is not None
        deadline = time.monotonic() + self.settings.deadline_s
        work = [self.batcher.submit(item, deadline) for item in items]
        try:
            answers = np.stack(await unless_gone(request, work))
        except Overloaded as full:
            raise Problem(
                429, "queue_full", str(full), full.retry_after
            ) from None
        except DeadlinePassed:
            raise Problem(504, "deadline", "too late to be of use") from None
        except ItemFailed as error:
            log.error("the model failed: %s", error)
            raise Problem(500, "model", "the model fails on this") from None
        for answer in answers:
            self.metrics.confidence.observe(float(answer.max()))
        return answers


async def unless_gone(
    request: Request, work: list[Awaitable[np.ndarray]]
) -> list[np.ndarray]:
    """Await the work; cancel it when the client hangs up."""
    task = asyncio.gather(*work)
    gone = asyncio.ensure_future(request.receive())  # after the body: only that
    try:
        await asyncio.wait({task, gone}, return_when="FIRST_COMPLETED")
        if not task.done():
            raise ClientDisconnect
        return task.result()
    finally:
        task.cancel()
        gone.cancel()
