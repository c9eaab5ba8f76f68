"""Clients that ask one thing after the other, and keep count."""

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

import httpx

from client import Client, Unavailable

PIXELS = [[0.0, 0, 5, 13, 9, 1, 0, 0]] * 8


class Load:
    """Threads that each ask again as soon as they are answered."""

    def __init__(self, proxies: list[str], clients: int) -> None:
        self.clients = [Client(proxies, seed=n) for n in range(clients)]
        self.answers: list[dict[str, Any]] = []
        self.lost: list[str] = []  # requests that nobody answered at all
        self.stopping = threading.Event()
        self.threads = [
            threading.Thread(target=self.ask, args=(client,), daemon=True)
            for client in self.clients
        ]

    def ask(self, client: Client) -> None:
        """What each thread does, for five minutes at most."""
        end = time.monotonic() + 300
        while not self.stopping.is_set() and time.monotonic() < end:
            try:
                self.answers.append(client.classify(PIXELS))
            except Unavailable as error:
                self.lost.append(str(error))

    @property
    def repeated(self) -> list[str]:
        """What went wrong with attempts that were made again."""
        return [cause for client in self.clients for cause in client.failed]

    def __enter__(self) -> "Load":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stopping.set()
        for thread in self.threads:
            thread.join()


def ready(proxies: list[str]) -> bool:
    """Whether each proxy knows where to send requests, as it says itself."""
    for proxy in proxies:
        try:
            if httpx.get(f"{proxy}/-/healthz").status_code != 200:
                return False
        except httpx.TransportError:
            return False
    return True


def wait_for(what: Callable[[], bool], limit_s: float = 200) -> None:
    """Ask five times a second whether it is true, and give up in the end."""
    end = time.monotonic() + limit_s
    while not what():
        if time.monotonic() > end:
            raise TimeoutError(f"{what.__doc__ or what} took too long")
        time.sleep(0.2)
