"""What every model service has: refusals, probes and metrics."""

from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exception_handlers import request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel
from starlette.requests import ClientDisconnect

from lifecycle import lifespan
from service import Problem, Service
from telemetry import REQUEST_ID, Telemetry


class Refusal(BaseModel):
    """Why there is no result."""

    error: str
    cause: str
    request_id: str


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": Refusal} for status in statuses}


def application(service: Service, title: str) -> FastAPI:
    """An application that lacks nothing but the route to its model."""
    metrics, docs = service.metrics, service.settings.docs
    app = FastAPI(
        title=title,
        version="1.0.0",
        lifespan=lifespan,
        docs_url="/docs" if docs else None,
        openapi_url="/openapi.json" if docs else None,
        redoc_url=None,
    )
    app.state.service = service
    app.add_middleware(Telemetry, metrics=metrics)

    @app.exception_handler(Problem)
    async def problem(request: Request, error: Problem) -> Response:
        metrics.errors.labels(error.cause).inc()
        body = Refusal(
            error=error.error, cause=error.cause, request_id=REQUEST_ID.get()
        )
        return JSONResponse(body.model_dump(), error.status, error.headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(
        request: Request, error: RequestValidationError
    ) -> Response:
        metrics.errors.labels("invalid").inc()
        return await request_validation_exception_handler(request, error)

    @app.exception_handler(ClientDisconnect)
    async def gone(request: Request, error: ClientDisconnect) -> Response:
        metrics.errors.labels("client_gone").inc()
        return Response(status_code=499)  # nobody is there to read it

    @app.get("/livez", responses=refusals(503))
    async def livez() -> dict[str, str]:
        """Restart me if this is not 200."""
        if not service.alive:
            raise Problem(503, "failed", "restart this process")
        return {"status": "alive"}

    @app.get("/readyz", responses=refusals(503))
    async def readyz() -> dict[str, str]:
        """Send me requests only while this is 200."""
        if service.phase != "ready":
            raise Problem(503, service.phase, f"the service is {service.phase}")
        return {"status": "ready", "version": service.manifest.version}

    @app.get("/metrics", response_class=PlainTextResponse)
    async def show_metrics() -> Response:
        text = generate_latest(metrics.registry)
        return Response(text, media_type=CONTENT_TYPE_LATEST)

    return app
