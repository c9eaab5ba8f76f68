"""What happens to every request, whichever route it is for.

Two layers of plain ASGI that `application` puts around all routes, so that
no route can forget them: `Accounting` outside, `Guard` within.
"""

import asyncio
import logging
import re
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.datastructures import Headers
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from problems import Problem
from security import TooFast, TooManyWrong, Unknown
from service import Service
from telemetry import CLIENT, REQUEST_ID, Metrics

SAFE_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
MOST_HEADERS = 32_000  # bytes of all names and values; nginx allows as many
CONNECTION = b"connection"
READ_S = "service.read_s"  # seconds that the body took, in the ASGI scope
log = logging.getLogger("service")


class Accounting:
    """A request id, one log line and the counters; a crash is a 500."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self.app, self.service, self.metrics = app, service, service.metrics

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        given = dict(scope["headers"]).get(b"x-request-id", b"")
        request_id = given.decode() if SAFE_ID.fullmatch(given) else ""
        REQUEST_ID.set(request_id or uuid.uuid4().hex)
        CLIENT.set("-")
        status, start = 499, time.perf_counter()  # 499: client went away

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                header = (b"x-request-id", REQUEST_ID.get().encode())
                headers = [*message["headers"], header]
                if self.service.phase == "draining":  # come back elsewhere
                    headers = [one for one in headers if one[0] != CONNECTION]
                    headers.append((CONNECTION, b"close"))
                message["headers"] = headers
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        except Exception:
            log.exception("a bug")
            self.metrics.errors.labels("bug").inc()
            if status != 499:  # too late for another status
                raise
            crash = Problem(500, "bug", "the service has a bug")
            await crash.response()(scope, receive, send_with_id)
        finally:
            seconds, read_s = time.perf_counter() - start, scope.get(READ_S, 0)
            route = route_of(scope)
            self.metrics.answered(route, status, seconds, read_s)
            log.info("request", extra={"fields": {
                "method": scope["method"],
                "route": route,
                "status": status,
                "ms": round(seconds * 1000, 1),
                "client": CLIENT.get(),
            }})  # fmt: skip


def route_of(scope: Scope) -> str:
    """The pattern of the path, also for a request that was not let in."""
    if "route" not in scope:
        for route in scope["app"].routes:
            if route.matches(scope)[0] is not Match.NONE:
                return str(getattr(route, "path", "unknown"))
    return getattr(scope.get("route"), "path", "unknown")


class Guard:
    """Key, readiness and room before the body; then its size and its time.

    The body is read here, so that the application behind finds it complete
    and within its limits, whether it parses it itself or FastAPI does.
    """

    def __init__(self, app: ASGIApp, service: Service, free: set[str]) -> None:
        """
        Args:
            free: paths that need no key and take no body, such as probes.
        """
        self.app, self.service, self.free = app, service, free
        self.budget = Budget(service.settings.max_bytes_inside)
        gauge = service.metrics.bytes_inside
        gauge.set_function(lambda: self.budget.taken)

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if scope["type"] == "websocket":  # no route here speaks it
            return await send({"type": "websocket.close", "code": 1008})
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        headers = Headers(scope=scope)
        try:
            limit = self.let_in(scope, headers)
            size = announced(headers, limit)
        except Problem as problem:
            return await self.refuse(problem, headers, receive, send)
        if not size:
            return await self.app(scope, receive, send)
        try:
            with self.budget.take(size):
                start = time.perf_counter()
                body = await self.read(receive, limit)
                scope[READ_S] = time.perf_counter() - start
                self.service.metrics.read_seconds.observe(scope[READ_S])
                if body is not None:
                    await self.app(scope, replay(body, receive), send)
        except _Refused as refused:
            await self.refuse(refused.problem, headers, receive, send)

    def let_in(self, scope: Scope, headers: Headers) -> int:
        """How large this request's body may be. Raises `Problem`."""
        if sum(len(n) + len(v) for n, v in headers.raw) > MOST_HEADERS:
            long = f"more than {MOST_HEADERS} bytes of headers"
            raise Problem(431, "headers", long, headers={"Connection": "close"})
        if scope["path"] in self.free:
            return 0
        host, _ = scope["client"] or ("", 0)
        gate = self.service.gate
        try:
            CLIENT.set(gate.enter(headers.get("authorization", ""), host))
        except Unknown:
            raise Problem(401, "unknown_key", "no valid API key") from None
        except TooFast as limit:
            wrong = isinstance(limit, TooManyWrong)
            cause = "wrong_keys" if wrong else "rate_limit"
            raise Problem(429, cause, str(limit), limit.retry_after) from None
        if headers.get("content-encoding", "identity") != "identity":
            packed = {"Accept-Encoding": "identity"}  # RFC 9110
            text = "send it uncompressed"
            raise Problem(415, "content_encoding", text, headers=packed)
        if scope["method"] not in ("GET", "HEAD"):
            self.service.admit()
        return self.service.settings.max_bytes

    async def read(self, receive: Receive, limit: int) -> bytes | None:
        """The whole body; None if the client hung up meanwhile."""
        chunks, size = [], 0
        try:
            async with asyncio.timeout(self.service.settings.read_timeout_s):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        self.service.metrics.errors.labels("client_gone").inc()
                        return None
                    chunks.append(message.get("body", b""))
                    size += len(chunks[-1])
                    if size > limit:
                        raise _Refused(too_large(limit))
                    if not message.get("more_body", False):
                        return b"".join(chunks)
        except TimeoutError:
            slow = Problem(408, "slow_client", "the body came slowly")
            raise _Refused(slow) from None

    async def refuse(
        self, problem: Problem, headers: Headers, receive: Receive, send: Send
    ) -> None:
        """Answer, and end the connection if a body is still on its way.

        A client that is still sending may read only afterwards, and loses
        the answer if the connection is cut. So somewhat more is read, for
        a moment, and thrown away.
        """
        self.service.metrics.errors.labels(problem.cause).inc()
        most = 4 * self.service.settings.max_bytes
        size = announced(headers, most, check=False)
        if size:
            problem.headers["Connection"] = "close"
        response = problem.response()
        await send({
            "type": "http.response.start",
            "status": problem.status,
            "headers": response.raw_headers,
        })  # fmt: skip
        more = {"type": "http.response.body", "body": response.body}
        await send(more | {"more_body": bool(size)})
        if not size:
            return
        if size <= most and problem.status != 408 and "expect" not in headers:
            await self.throw_away(receive, most)
        await send({"type": "http.response.body", "body": b""})

    async def throw_away(self, receive: Receive, most: int) -> None:
        try:
            async with asyncio.timeout(self.service.settings.read_timeout_s):
                while most > 0:
                    message = await receive()
                    if not message.get("more_body", False):
                        return
                    most -= len(message.get("body", b""))
        except TimeoutError:
            pass


class Budget:
    """Bytes that all requests together may have in memory."""

    def __init__(self, size: int) -> None:
        self.size, self.taken = size, 0

    @contextmanager
    def take(self, size: int) -> Iterator[None]:
        """Hold so many bytes until the request is answered."""
        if self.taken + size > self.size:
            full = "too many large requests at once"
            raise _Refused(Problem(429, "memory_full", full, 1))
        self.taken += size
        try:
            yield
        finally:
            self.taken -= size


class _Refused(Exception):
    """A problem of this layer, not one of a route behind it."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


def too_large(limit: int) -> Problem:
    if limit:
        return Problem(413, "too_large", f"more than {limit} bytes")
    return Problem(413, "too_large", "this address takes no body")


def announced(headers: Headers, limit: int, check: bool = True) -> int:
    """Bytes that the body will have; `limit` where the client does not say.

    Raises:
        Problem: more than `limit`, if `check`.
    """
    if "transfer-encoding" in headers:
        size = limit or 1
    else:
        length = headers.get("content-length", "0")
        size = int(length[:20]) if length.isdecimal() else 0
    if check and size > limit:
        raise too_large(limit)
    return size


def replay(body: bytes, receive: Receive) -> Receive:
    """`receive` for an application that has not read the body yet."""
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return messages.pop() if messages else await receive()

    return receive_again
