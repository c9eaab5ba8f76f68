"""A request and a reload that meet."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import numpy as np
import pytest
from service import Batcher, Service
from settings import Settings
from starlette.requests import Request

from tests.waiting import run_coroutine

pytestmark = pytest.mark.work_folder


class Waiting:
    """A client that stays."""

    async def receive(self) -> None:
        await asyncio.Event().wait()


@pytest.mark.parametrize("steps", range(6))
def test_a_request_that_meets_a_reload_is_answered(steps: int) -> None:
    """However many steps of the event loop the request has made when the model is exchanged."""

    async def meet() -> float:
        service = Service(Settings(anonymous=True))

        def batcher(answer: float) -> Any:
            limits: dict[str, Any] = {"max_batch": 4, "max_queue": 4, "max_wait_s": 0.01}
            return Batcher(lambda items: items * 0 + answer, service.metrics, **limits)

        old, new = batcher(1), batcher(2)
        service.batcher = old
        request = cast(Request, Waiting())
        asked = asyncio.create_task(service.predict(request, lambda: np.zeros(1)))
        for _ in range(steps):
            await asyncio.sleep(0)
        service.batcher = new  # what `Service.reload` does between two steps
        while old.inside:
            await asyncio.sleep(0)
        await old.close()
        try:
            [[answer]] = await asyncio.wait_for(asked, 20)
        finally:
            await new.close()
        return float(answer)

    assert run_coroutine(meet()) in (1, 2)
