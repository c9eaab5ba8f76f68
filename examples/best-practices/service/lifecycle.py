"""From start to SIGTERM, without losing a request."""

import asyncio
import contextlib
import signal
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

from starlette.applications import Starlette

from service import Service
from telemetry import configure_logs


@contextlib.contextmanager
def draining_on_sigterm(service: Service) -> Iterator[None]:
    """On SIGTERM answer 503 for a while, then let the server stop.

    A load balancer needs a moment to notice; a client that asks meanwhile
    is told to go elsewhere, and nobody's connection is cut.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    stop = signal.getsignal(signal.SIGTERM)

    def drain(number: int, frame: Any) -> None:
        if service.phase != "draining" and callable(stop):
            service.phase = "draining"
            later = service.settings.drain_s, stop, number, frame
            loop.call_soon_threadsafe(loop.call_later, *later)

    signal.signal(signal.SIGTERM, drain)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, stop)


@contextlib.contextmanager
def reloading_on_sighup(service: Service) -> Iterator[None]:
    """On SIGHUP load the artifact again; the old one serves meanwhile."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop, lock = asyncio.get_running_loop(), asyncio.Lock()
    tasks = set()  # the loop itself would forget them

    async def reload() -> None:
        async with lock:
            if service.phase == "ready":
                await service.reload()

    def begin() -> None:
        tasks.add(task := asyncio.create_task(reload()))
        task.add_done_callback(tasks.discard)

    loop.add_signal_handler(signal.SIGHUP, begin)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
        for task in tasks:
            task.cancel()


@contextlib.asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    configure_logs()
    service: Service = app.state.service
    service.verify()
    loading = asyncio.create_task(service.start())
    with draining_on_sigterm(service), reloading_on_sighup(service):
        yield
    await loading
    await service.close()
