"""What every model service has: its edge, refusals, probes and metrics."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from edge import Accounting, Guard
from lifecycle import lifespan
from problems import Problem, refusals
from service import Service

PROBES = {"/livez", "/readyz", "/v2/health/live", "/v2/health/ready"}
DOCS = {"/docs", "/openapi.json"}
MOST_FIELDS = 10  # of a 422


def short(where: Iterable[int | str]) -> list[int | str]:
    """The place of a field, whose name may be the client's invention."""
    return [
        part if isinstance(part, int) else ascii(part[:64])[1:-1]
        for part in where
    ]


def describe_keys(app: FastAPI, free: set[str]) -> None:
    """Say in the OpenAPI document which routes need a key."""
    describe = app.openapi

    def openapi() -> dict[str, Any]:
        document = describe()
        scheme = {"key": {"type": "http", "scheme": "bearer"}}
        document["components"]["securitySchemes"] = scheme
        for path, operations in document["paths"].items():
            for operation in operations.values():
                operation["security"] = [] if path in free else [{"key": []}]
        return document

    app.openapi = openapi  # type: ignore[method-assign]


def application(service: Service, title: str) -> FastAPI:
    """An application that lacks nothing but the route to its model.

    Every other path needs a key, also one that does not exist.
    """
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
    free = PROBES | {"/metrics"} | (DOCS if docs else set())
    if not service.settings.anonymous:
        describe_keys(app, free)
    app.add_middleware(Guard, service=service, free=free)
    app.add_middleware(Accounting, service=service)  # the last is outermost

    @app.exception_handler(Problem)
    async def problem(request: Request, error: Problem) -> Response:
        metrics.errors.labels(error.cause).inc()
        return error.response()

    @app.exception_handler(RequestValidationError)
    async def invalid(
        request: Request, error: RequestValidationError
    ) -> Response:
        fields = [
            {"loc": short(one["loc"]), "msg": one["msg"], "type": one["type"]}
            for one in error.errors()[:MOST_FIELDS]
        ]  # and not the input, which may be large or secret
        where = ".".join(map(str, fields[0]["loc"]))
        text = f"{where}: {fields[0]['msg']}"
        return await problem(
            request, Problem(422, "invalid", text, errors=fields)
        )

    @app.exception_handler(HTTPException)
    async def no_route(request: Request, error: HTTPException) -> Response:
        phrase = HTTPStatus(error.status_code).phrase
        cause = phrase.lower().replace(" ", "_")
        headers = dict(error.headers or {})
        return await problem(
            request, Problem(error.status_code, cause, phrase, headers=headers)
        )

    @app.exception_handler(ClientDisconnect)
    async def gone(request: Request, error: ClientDisconnect) -> Response:
        metrics.errors.labels("client_gone").inc()
        return Response(status_code=499)  # nobody is there to read it

    @app.get("/livez", responses=refusals(413, 503))
    async def livez() -> dict[str, str]:
        """Restart me if this is not 200."""
        if not service.alive:
            raise Problem(503, "failed", "restart this process")
        return {"status": "alive"}

    @app.get("/readyz", responses=refusals(413, 503))
    async def readyz() -> dict[str, str]:
        """Send me requests only while this is 200."""
        service.check_ready()
        return {"status": "ready", "version": service.manifest.version}

    @app.get(
        "/metrics", response_class=PlainTextResponse, responses=refusals(413)
    )
    async def show_metrics() -> Response:
        text = generate_latest(metrics.registry)
        return Response(text, media_type=CONTENT_TYPE_LATEST)

    return app
