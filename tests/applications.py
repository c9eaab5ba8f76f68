"""A page's FastAPI application within a test's own process, and a model that a test controls.

For tests that run in a page's work folder, see tests/work_folder.py.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from fastapi import FastAPI
from fastapi.testclient import TestClient

from fenceproof.run.pace import patience
from tests.waiting import wait_until

KEY = "open-sesame-of-the-tests-of-this-page"
LONG_S = 600.0  # a deadline that no test reaches
# For a page's settings: one key, which `running` sends, and no limit that a test meets by accident.
ROOMY = {"api_keys": {"tests": KEY}, "requests_per_s": 1e6, "deadline_s": LONG_S, "threads": 1}


class Answer(Protocol):
    """What a test needs of the response of a `TestClient`."""

    status_code: int

    @property
    def text(self) -> str: ...

    def json(self) -> Any: ...


@contextlib.contextmanager
def running(app: FastAPI) -> Iterator[TestClient]:
    """A client of an application that is ready, with its key; it is shut down in the end."""
    with TestClient(app, headers={"Authorization": f"Bearer {KEY}"}) as client:
        wait_until(lambda: is_ready(client), "the service is ready")
        yield client


def is_ready(client: TestClient) -> bool:
    """Whether it is ready; raises once it never will be."""
    alive = client.get("/livez")
    assert alive.status_code == 200, f"the service cannot start: {alive.text}"
    return client.get("/readyz").status_code == 200


def inside(client: TestClient) -> int:
    """How many requests the service says it has admitted and not answered."""
    lines = client.get("/metrics").text.splitlines()
    return next(int(float(line.split()[1])) for line in lines if line.startswith("service_inside "))


@contextlib.contextmanager
def held_inside(
    client: TestClient, send: Callable[[], Answer], release: threading.Event, count: int = 1
) -> Iterator[None]:
    """Requests that are inside the service until `release`, which its model waits for.

    They are answered afterwards: nobody who was let in is forgotten.
    """
    with ThreadPoolExecutor(count) as clients:
        sent = [clients.submit(send) for _ in range(count)]
        try:
            wait_until(lambda: inside(client) == count, f"{count} requests are inside")
            yield
        finally:
            release.set()
        codes = [request.result(patience(60)).status_code for request in sent]
    assert codes == [200] * count


class ControlledModel:
    """The model of an artifact, until a test says what it does instead.

    Put `open` in the place of the page's `open_model`.
    """

    def __init__(self, open_model: Callable[..., Callable[[Any], Any]]) -> None:
        self.open_model = open_model
        self.instead: Callable[[Any], Any] | None = None
        self.gate = threading.Event()
        self.gate.set()

    def open(self, *arguments: Any) -> Callable[[Any], Any]:
        predict = self.open_model(*arguments)

        def controlled(batch: Any) -> Any:
            assert self.gate.wait(patience(60)), "the test never opened the gate"
            return (self.instead or predict)(batch)

        return controlled
