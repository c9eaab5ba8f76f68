"""Who may ask, and how often."""

import hmac
import time
from collections.abc import Callable, Mapping

from pydantic import SecretStr


class Unknown(Exception):
    """No key, or a key that is nobody's."""


class TooFast(Exception):
    """More requests than this client may send; `retry_after` in seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__("too many requests")
        self.retry_after = retry_after


class Gate:
    """Knows clients by their keys and gives each so many requests a second.

    Each client has a token bucket that holds one second's worth: see
    https://www.rfc-editor.org/rfc/rfc2697 for the idea. Without keys
    everybody is let in, as client `anonymous`.
    """

    def __init__(
        self,
        keys: Mapping[str, SecretStr],
        requests_per_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._keys = {
            client: key.get_secret_value().encode()
            for client, key in keys.items()
        }
        self._rate, self._clock = requests_per_s, clock
        self._size = max(1.0, requests_per_s)
        self._buckets: dict[str, tuple[float, float]] = {}

    def enter(self, key: str) -> str:
        """The client that this key belongs to.

        Every key is compared, each in a time that does not depend on how
        much of it is right.

        Raises:
            Unknown, TooFast: as they say.
        """
        if not self._keys:
            return "anonymous"
        client = ""
        for name, known in self._keys.items():
            if hmac.compare_digest(known, key.encode()):
                client = name
        if not client:
            raise Unknown
        now = self._clock()
        tokens, since = self._buckets.get(client, (self._size, now))
        tokens = min(self._size, tokens + (now - since) * self._rate)
        if tokens < 1:
            self._buckets[client] = tokens, now
            raise TooFast((1 - tokens) / self._rate)
        self._buckets[client] = tokens - 1, now
        return client
