"""The service as managed platforms start it: python managed.py [serve]"""

import os
from collections.abc import Mapping

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from server import create_app

READY, PREDICT = "/readyz", "/v1/classify"


def routes_of(environment: Mapping[str, str]) -> dict[str, str]:
    """Each platform's address, and the one of the service behind it."""
    routes = {"/ping": READY, "/invocations": PREDICT}  # SageMaker
    for variable, path in (
        ("AIP_HEALTH_ROUTE", READY),  # Vertex AI says where it will ask
        ("AIP_PREDICT_ROUTE", PREDICT),
    ):
        if variable in environment:
            routes[environment[variable]] = path
    return routes


def port_of(environment: Mapping[str, str]) -> int:
    """Vertex AI's variable, Cloud Run's, or 8080, as all of them expect."""
    return int(
        environment.get("AIP_HTTP_PORT") or environment.get("PORT") or 8080
    )


class Renamed:
    """An ASGI layer that calls an address by the service's own name."""

    def __init__(self, app: ASGIApp, routes: Mapping[str, str]) -> None:
        self.app, self.routes = app, routes

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if scope["type"] == "http" and scope["path"] in self.routes:
            path = self.routes[scope["path"]]
            scope = {**scope, "path": path, "raw_path": path.encode()}
        await self.app(scope, receive, send)


def create_managed() -> ASGIApp:
    """The service, outside of whose limits nothing is added."""
    return Renamed(create_app(), routes_of(os.environ))


if __name__ == "__main__":  # SageMaker adds the argument `serve`
    uvicorn.run(
        create_managed,
        factory=True,
        host=os.environ.get("UVICORN_HOST", "0.0.0.0"),  # noqa: S104
        port=port_of(os.environ),
        timeout_graceful_shutdown=8,  # Cloud Run kills after 10 seconds
    )
