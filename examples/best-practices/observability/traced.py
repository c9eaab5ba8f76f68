"""The service with OpenTelemetry: uvicorn --factory traced:create_app"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from fastapi import FastAPI
from opentelemetry import trace
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import (
    ConsoleSpanExporter,
    SimpleSpanProcessor,
)

import batching
import server
import service


class TracedBatcher(batching.Batcher):
    """A batcher whose stages are spans of the request's trace."""

    async def submit_all(
        self, prepares: Sequence[Callable[[], np.ndarray]], deadline: float
    ) -> list[np.ndarray]:
        tracer = trace.get_tracer("service")

        def traced(
            prepare: Callable[[], np.ndarray],
        ) -> Callable[[], np.ndarray]:
            def prepare_it() -> np.ndarray:
                with tracer.start_as_current_span("prepare", context):
                    return prepare()

            return prepare_it

        with tracer.start_as_current_span("answer") as span:
            context = trace.set_span_in_context(span)
            items = [traced(prepare) for prepare in prepares]
            answers = await super().submit_all(items, deadline)
            sure = [bool(answer.max() > 0.3) for answer in answers]
            span.set_attribute("confidence.high", sure)
            return answers


def create_app() -> FastAPI:
    spans = Path("spans.jsonl").open("a")
    exporter = ConsoleSpanExporter(
        out=spans, formatter=lambda span: span.to_json(indent=None) + "\n"
    )
    provider = TracerProvider(resource=Resource({"service.name": "classifier"}))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    service.Batcher = TracedBatcher
    app = server.create_app()
    FastAPIInstrumentor.instrument_app(app, excluded_urls="readyz,metrics")
    return app
