"""The service: uvicorn --factory server:create_app --port 8000"""

from typing import Annotated, Any

import numpy as np
from fastapi import FastAPI, Header, Query, Request, Response
from fastapi.exception_handlers import request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, Field
from starlette.requests import ClientDisconnect

import protocol_v2
from imaging import FORMATS, BadImage, TooManyPixels, prepare
from lifecycle import lifespan
from service import Problem, Service
from settings import Settings
from telemetry import REQUEST_ID, Telemetry


class Label(BaseModel):
    label: str
    probability: float = Field(ge=0, le=1)


class Answer(BaseModel):
    model: str
    version: str
    labels: list[Label]


class Refusal(BaseModel):
    """Why there is no result."""

    error: str
    cause: str
    request_id: str


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": Refusal} for status in statuses}


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application, with its settings from the environment."""
    settings = settings or Settings()
    service = Service(settings)
    metrics = service.metrics
    app = FastAPI(
        title="Image classification",
        version="1.0.0",
        lifespan=lifespan,
        docs_url="/docs" if settings.docs else None,
        openapi_url="/openapi.json" if settings.docs else None,
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

    picture = {"schema": {"type": "string", "format": "binary"}}
    content = {kind: picture for kind in FORMATS.values()}

    @app.post(
        "/v1/classify",
        response_model=Answer,
        responses=refusals(401, 408, 413, 415, 429, 500, 503, 504),
        openapi_extra={"requestBody": {"required": True, "content": content}},
    )
    async def classify(
        request: Request,
        top: Annotated[int, Query(ge=1, le=10)] = 3,
        authorization: Annotated[str, Header()] = "",
    ) -> Answer:
        """What is on this photograph?"""
        service.enter(authorization)
        kind = request.headers.get("content-type", "").partition(";")[0]
        if kind.strip().lower() not in FORMATS.values():
            known = ", ".join(FORMATS.values())
            raise Problem(415, "media_type", f"send one of {known}")
        data = await service.read(request)
        try:
            [answer] = await service.predict(
                request, lambda: prepare(data, settings.max_pixels)
            )
        except TooManyPixels as error:
            raise Problem(413, "too_many_pixels", str(error)) from None
        except BadImage as error:
            where = {"loc": ["body"], "msg": str(error), "type": "bad_image"}
            raise RequestValidationError([where]) from None
        best = np.argsort(answer)[::-1][:top]
        return Answer(
            model=service.manifest.name,
            version=service.manifest.version,
            labels=[
                Label(label=service.labels[n], probability=answer[n])
                for n in best
            ],
        )

    app.include_router(protocol_v2.router(service, Problem))
    return app
