"""Who may ask, and how often."""

import hashlib
import hmac
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping


class Unknown(Exception):
    """No key, or a key that is nobody's."""


class TooFast(Exception):
    """More requests than this client may send; `retry_after` in seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__("too many requests")
        self.retry_after = retry_after


class TooManyWrong(TooFast):
    """This address sends wrong keys, and many of them."""


class Buckets:
    """One token bucket for each name, holding a second's worth of requests.

    See https://www.rfc-editor.org/rfc/rfc2697 for the idea. Names that were
    not seen for longest are forgotten, so that memory is bounded; their
    bucket is full again by then, or an attacker has 10,000 addresses.
    """

    def __init__(
        self,
        per_s: float,
        clock: Callable[[], float],
        most: int = 10_000,
    ) -> None:
        self._rate, self._clock, self._most = per_s, clock, most
        self._size = max(1.0, per_s)
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str) -> None:
        """Take one token. Raises `TooFast` if there is none."""
        now = self._clock()
        tokens, since = self._buckets.pop(name, (self._size, now))
        tokens = min(self._size, tokens + (now - since) * self._rate)
        left = tokens - 1 if tokens >= 1 else tokens
        self._buckets[name] = left, now
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        if tokens < 1:
            raise TooFast((1 - tokens) / self._rate)


class Gate:
    """Knows clients by their keys, and limits how often each may ask.

    Args:
        keys: client to SHA-256 digests of its keys, in hex. A client with
            two keys can change one while the other is in use. Without
            clients everybody is let in, as `anonymous`.
        requests_per_s: of each client.
        wrong_per_s: wrong keys from one address; more get 429.
    """

    def __init__(
        self,
        keys: Mapping[str, Iterable[str]],
        requests_per_s: float,
        wrong_per_s: float = 5,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clients = {
            digest: client for client, found in keys.items() for digest in found
        }
        self._requests = Buckets(requests_per_s, clock)
        self._wrong = Buckets(wrong_per_s, clock)

    def enter(self, authorization: str, address: str = "") -> str:
        """The client that a header `Authorization: Bearer <key>` is of.

        A right key is let in whatever its address did before: many clients
        may share one, and a key of 32 characters cannot be guessed.

        Raises:
            Unknown, TooFast: as they say.
        """
        if not self._clients:
            return "anonymous"
        scheme, _, key = authorization.partition(" ")
        client = ""
        if scheme.lower() == "bearer":  # RFC 9110: in any case
            given = hashlib.sha256(key.strip().encode()).hexdigest()
            for digest, name in self._clients.items():
                if hmac.compare_digest(digest, given):
                    client = name
        if not client:
            try:
                self._wrong.take(address)
            except TooFast as limit:
                raise TooManyWrong(limit.retry_after) from None
            raise Unknown
        self._requests.take(client)
        return client
