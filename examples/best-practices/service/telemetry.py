"""Metrics for machines, one line of JSON for each request for people."""

import json
import logging
import re
import time
import uuid
from contextvars import ContextVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="-")
CLIENT: ContextVar[str] = ContextVar("client", default="-")
SAFE_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
TIMES = (0.001, 0.003, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)
log = logging.getLogger("service")


class JsonLines(logging.Formatter):
    """One object a line: time, level, message, request id, extra fields."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            "request_id": REQUEST_ID.get(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


def configure_logs() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    logging.getLogger("uvicorn.access").disabled = True  # Telemetry writes


class Metrics:
    """What this process measures; in a registry of its own."""

    def __init__(self) -> None:
        self.registry = r = CollectorRegistry()
        self.requests = Counter(
            "service_requests", "Answers by route and status",
            ["route", "status"], registry=r,
        )  # fmt: skip
        self.errors = Counter(
            "service_errors", "Answers that are no result, by cause",
            ["cause"], registry=r,
        )  # fmt: skip
        self.seconds = Histogram(
            "service_request_seconds", "From first byte to last",
            ["route"], buckets=TIMES, registry=r,
        )  # fmt: skip
        self.prepare_seconds = Histogram(
            "service_prepare_seconds", "Decoding and resizing",
            buckets=TIMES, registry=r,
        )  # fmt: skip
        self.queue_seconds = Histogram(
            "service_queue_seconds", "Waiting for the inference thread",
            buckets=TIMES, registry=r,
        )  # fmt: skip
        self.model_seconds = Histogram(
            "service_model_seconds", "One call of the model",
            buckets=TIMES, registry=r,
        )  # fmt: skip
        self.batch_size = Histogram(
            "service_batch_size", "Images in one call of the model",
            buckets=(1, 2, 3, 4, 6, 8, 16, 32), registry=r,
        )  # fmt: skip
        self.confidence = Histogram(
            "service_confidence", "Probability of the top label",
            buckets=[n / 10 for n in range(1, 11)], registry=r,
        )  # fmt: skip
        self.inside = Gauge(
            "service_inside", "Requests admitted, not answered", registry=r
        )
        self.ready = Gauge("service_ready", "1 while ready", registry=r)

    def prepared(self, seconds: float) -> None:
        self.prepare_seconds.observe(seconds)

    def queued(self, seconds: float) -> None:
        self.queue_seconds.observe(seconds)

    def computed(self, batch: int, seconds: float) -> None:
        self.model_seconds.observe(seconds)
        self.batch_size.observe(batch)


class Telemetry:
    """ASGI middleware: a request id, one log line and the counters."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics

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
                message["headers"] = [*message["headers"], header]
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        finally:
            seconds = time.perf_counter() - start
            route = getattr(scope.get("route"), "path", "unknown")
            self.metrics.requests.labels(route, status).inc()
            self.metrics.seconds.labels(route).observe(seconds)
            log.info("request", extra={"fields": {
                "method": scope["method"],
                "route": route,
                "status": status,
                "ms": round(seconds * 1000, 1),
                "client": CLIENT.get(),
            }})  # fmt: skip
