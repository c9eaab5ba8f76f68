"""One model, from its artifact to its answers."""

import asyncio
import copy
import gc
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Literal, TypeVar

import numpy as np
import torch
from starlette.requests import ClientDisconnect, Request

from artifact import Manifest, Refused, verify, verify_signature
from batching import Batcher, DeadlinePassed, ItemFailed, Overloaded
from decoders import DecoderFailed, Decoders, Job, TooMuchMemory
from imaging import PREPROCESSING, BadImage, TooManyPixels
from memory import of_one_job
from model import Predict, open_model, self_test, warm_up
from problems import Problem
from security import Gate
from settings import Settings
from telemetry import Metrics
from tensors import BadTensor

log = logging.getLogger("service")
T = TypeVar("T")
Phase = Literal["starting", "ready", "draining", "failed"]


class Service:
    """One model, from its artifact to its answers.

    Another kind of model is a subclass: it says what is done to its inputs,
    how it is loaded, and how its items become a batch.
    """

    preprocessing = PREPROCESSING
    collate = staticmethod(np.stack)
    decodes = True  # are there inputs that need decoders?

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self.metrics.inside.set_function(
            lambda: self.batcher.inside if self.batcher else 0
        )
        self.metrics.ready.set_function(lambda: self.phase == "ready")
        self.metrics.decoders.set_function(
            lambda: self.decoders.up if self.decoders else 0
        )
        self.gate = Gate(
            settings.api_keys,
            settings.requests_per_s,
            settings.wrong_keys_per_s,
        )
        self.phase: Phase = "starting"
        self.batcher: Batcher | None = None
        self.decoders: Decoders | None = None
        self.manifest: Manifest
        self.labels: list[str]

    def verify(self) -> None:
        """Check the artifact. Raises `Refused` before anything listens."""
        folder = self.settings.artifact
        if self.settings.public_key:
            verify_signature(folder, self.settings.public_key)
        self.manifest = verify(folder, self.preprocessing)
        self.labels = []
        if self.manifest.labels:
            labels = folder / self.manifest.labels
            self.labels = labels.read_text("utf-8").splitlines()

    def load(self) -> Predict:
        """The model, tested and warm: a batch of items to answers."""
        settings = self.settings
        form = self.manifest.export.format
        predict = open_model(settings.artifact, form)
        allowed = self.manifest.tolerances.max_abs
        self_test(predict, settings.artifact, allowed)
        warm_up(predict, settings.max_batch)
        return predict

    def start_decoders(self) -> None:
        self.decoders = Decoders(
            self.settings.decoders,
            seconds=self.settings.decode_s,
            memory=of_one_job(self.settings),
            errors=(BadImage, TooManyPixels, BadTensor),
            killed=self.metrics.killed.inc,
        )

    async def start(self) -> None:
        """Load, test and warm up; only then be ready."""
        self.metrics.version = self.manifest.version
        try:
            torch.set_num_threads(self.settings.threads)
            if self.decodes:
                await asyncio.to_thread(self.start_decoders)
            self.batcher = await self.open()
        except Exception:
            self.phase = "failed"
            log.exception("the model cannot be served")
            return
        gc.collect()
        gc.freeze()  # what lives as long as the process is not looked at again
        if self.phase == "starting":
            self.phase = "ready"
            log.info("ready")

    async def reload(self) -> None:
        """Serve what the artifact's folder holds now, or go on as before.

        Who is inside is answered by the model that was there before, which
        then goes; until then there are two models in memory.
        """
        new = copy.copy(self)
        try:
            await asyncio.to_thread(new.verify)
            if contract(new) != contract(self):
                raise Refused("it has other inputs or outputs: restart for it")
            new.batcher = await new.open()
        except Exception:
            self.metrics.errors.labels("reload").inc()
            log.exception("the new artifact is not served")
            return
        new.phase, old = self.phase, self.batcher
        vars(self).update(vars(new))
        self.metrics.version = self.manifest.version
        log.info("reloaded")
        while old is not None and old.inside:
            await asyncio.sleep(0.1)
        if old is not None:
            await old.close()

    async def open(self) -> Batcher:
        """The model behind its queue.

        It is loaded in the thread that will compute: each thread that
        computes has OpenMP workers of its own, and more than cores are slow.
        """
        settings = self.settings
        thread = ThreadPoolExecutor(1, "inference")
        loop = asyncio.get_running_loop()
        try:
            predict = await loop.run_in_executor(thread, self.load)
        except Exception:
            thread.shutdown(wait=False)
            raise
        return Batcher(
            predict,
            self.metrics,
            max_batch=settings.max_batch,
            max_queue=settings.max_queue,
            max_wait_s=settings.max_wait_ms / 1000,
            decoders=settings.decoders,
            collate=self.collate,
            thread=thread,
        )

    async def close(self) -> None:
        if self.decoders:
            self.decoders.close()  # first: threads may wait for them
        if self.batcher:
            await self.batcher.close()

    @property
    def alive(self) -> bool:
        return self.phase != "failed" and (
            self.batcher is None or self.batcher.alive
        )

    def check_ready(self) -> None:
        """Raise a `Problem` unless an answer can be expected."""
        if self.phase != "ready" or self.batcher is None:
            drain_s = self.settings.drain_s if self.phase == "draining" else 0
            after = drain_s + 1  # not just when the port closes
            text = f"the service is {self.phase}"
            raise Problem(503, self.phase, text, after)
        if self.decoders is not None and not self.decoders.up:
            raise Problem(503, "no_decoder", "decoders are being replaced", 1)

    def admit(self) -> None:
        """Let a request in, or say at once why not; before its body."""
        self.check_ready()
        try:
            self.queue.admit()
        except Overloaded as full:
            raise queue_full(full) from None

    @property
    def queue(self) -> Batcher:
        if self.batcher is None:
            raise Problem(503, self.phase, f"the service is {self.phase}", 1)
        return self.batcher

    def decode(
        self, job: Job, data: bytes, **options: Any
    ) -> tuple[np.ndarray, str]:
        """Do a job on a client's bytes in a decoder; call it in a thread."""
        assert self.decoders is not None, "this service has decodes = False"
        return self.decoders.run(job, data, **options)

    async def prepare(self, make: Callable[[], T]) -> T:
        """Something that is made of a request, off the event loop."""
        deadline = time.monotonic() + self.settings.deadline_s
        with explained():
            return await self.queue.prepare(make, deadline)

    async def predict(
        self, request: Request, *items: Callable[[], np.ndarray]
    ) -> np.ndarray:
        """Answers [items, ...], unless the client goes away.

        Args:
            request: its body has been read.
            items: functions that make one input each, such as an image.
        """
        deadline = time.monotonic() + self.settings.deadline_s

        async def ask() -> list[np.ndarray]:
            # one step: a reload cannot come between a queue and its places
            return await self.queue.submit_all(items, deadline)

        with explained():
            answers = np.stack(await unless_gone(request, ask()))
        for answer in answers:
            self.metrics.confidence.observe(float(answer.max()))
        return answers


def contract(service: Service) -> tuple[object, ...]:
    """What clients and routes rely on, whichever version is served."""
    given = service.manifest
    return given.name, given.inputs, given.outputs, service.labels


def queue_full(full: Overloaded) -> Problem:
    return Problem(429, "queue_full", str(full), full.retry_after)


@contextmanager
def explained() -> Iterator[None]:
    """What can go wrong on the way to an answer, as refusals."""
    try:
        yield
    except Overloaded as full:
        raise queue_full(full) from None
    except DeadlinePassed:
        raise Problem(504, "deadline", "too late to be of use") from None
    except TooMuchMemory as error:
        raise Problem(413, "too_much_memory", str(error)) from None
    except DecoderFailed as error:
        raise Problem(422, "undecodable", str(error)) from None
    except ItemFailed as error:
        log.exception("the model failed")
        raise Problem(500, "model", "the model fails on this") from error


async def unless_gone(request: Request, work: Awaitable[T]) -> T:
    """Await the work; cancel it when the client hangs up."""
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(request.receive())  # after the body: only that
    try:
        await asyncio.wait({task, gone}, return_when="FIRST_COMPLETED")
        if not task.done():
            raise ClientDisconnect
        return task.result()
    finally:
        task.cancel()
        gone.cancel()
