"""A client that asks again: another proxy, later, and not for ever."""

import random
import time
from typing import Any

import httpx


class Unavailable(Exception):
    """No proxy gave an answer within the attempts allowed."""


class Client:
    """Asks any of several proxies for a digit.

    A classification changes nothing, so that it may be repeated whatever
    became of the last attempt. 4xx is an answer: repeating cannot help.
    """

    def __init__(
        self,
        proxies: list[str],
        attempts: int = 8,
        timeout_s: float = 10,
        seed: int | None = None,
    ) -> None:
        self.proxies, self.attempts = proxies, attempts
        self.random = random.Random(seed)
        self.http = httpx.Client(timeout=timeout_s)
        self.failed: list[str] = []  # attempts that had to be repeated

    def classify(self, pixels: list[list[float]]) -> dict[str, Any]:
        """The answer of whichever proxy is there.

        Raises:
            Unavailable: every attempt failed.
            httpx.HTTPStatusError: the request itself is wrong (4xx).
        """
        first = self.random.randrange(len(self.proxies))
        for attempt in range(self.attempts):
            proxy = self.proxies[(first + attempt) % len(self.proxies)]
            wait = 0.1 * 2**attempt
            try:
                reply = self.http.post(
                    f"{proxy}/classify", json={"pixels": pixels}
                )
            except httpx.TransportError as error:
                self.failed.append(type(error).__name__)
            else:
                if reply.status_code < 500:
                    reply.raise_for_status()
                    return dict(reply.json())
                self.failed.append(str(reply.status_code))
                wait = max(wait, float(reply.headers.get("Retry-After", 0)))
            time.sleep(min(wait, 2) * self.random.uniform(0.5, 1))
        raise Unavailable(f"{self.attempts} attempts: {self.failed[-3:]}")
