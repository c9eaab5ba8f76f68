"""Metrics for machines, one line of JSON for each request for people."""

import json
import logging
from contextvars import ContextVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="-")
CLIENT: ContextVar[str] = ContextVar("client", default="-")
TIMES = (0.001, 0.003, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)


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
    logging.getLogger("uvicorn.access").disabled = True  # see edge.py


class Metrics:
    """What this process measures; in a registry of its own."""

    version = "unknown"  # of the model; known once the artifact is checked

    def __init__(self) -> None:
        self.registry = r = CollectorRegistry()
        self.requests = Counter(
            "service_requests", "Answers by route, status and version",
            ["route", "status", "version"], registry=r,
        )  # fmt: skip
        self.errors = Counter(
            "service_errors", "Answers that are no result, by cause",
            ["cause"], registry=r,
        )  # fmt: skip
        self.seconds = Histogram(
            "service_request_seconds", "From the whole body to the answer",
            ["route", "status_class", "version"], buckets=TIMES, registry=r,
        )  # fmt: skip
        self.read_seconds = Histogram(
            "service_read_seconds", "Reading the body",
            buckets=TIMES, registry=r,
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
            "service_inside", "Items admitted, not answered", registry=r
        )
        self.bytes_inside = Gauge(
            "service_bytes_inside", "Bodies in memory or announced", registry=r
        )
        self.decoders = Gauge(
            "service_decoders", "Decoders that can take work", registry=r
        )
        self.killed = Counter(
            "service_decoders_killed", "Stuck or dead ones", registry=r
        )
        self.ready = Gauge("service_ready", "1 while ready", registry=r)

    def answered(
        self, route: str, status: int, seconds: float, read_s: float
    ) -> None:
        """One request; `read_s` of the `seconds` went into reading it.

        Refusals take a millisecond, so that they must not count among the
        answers: a service that refuses most requests would look fast.
        """
        self.requests.labels(route, status, self.version).inc()
        kind = f"{status // 100}xx"
        seconds = max(0.0, seconds - read_s)
        self.seconds.labels(route, kind, self.version).observe(seconds)

    def prepared(self, seconds: float) -> None:
        self.prepare_seconds.observe(seconds)

    def queued(self, seconds: float) -> None:
        self.queue_seconds.observe(seconds)

    def computed(self, batch: int, seconds: float) -> None:
        self.model_seconds.observe(seconds)
        self.batch_size.observe(batch)
