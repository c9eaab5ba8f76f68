"""The layer for managed platforms: what it renames, and what it leaves alone."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import pytest
from lambda_bridge import to_request, to_result
from managed import Renamed, port_of, routes_of

from tests.waiting import run_coroutine

pytestmark = pytest.mark.work_folder
VERTEX = {"AIP_HEALTH_ROUTE": "/v1/endpoints/7", "AIP_PREDICT_ROUTE": "/v1/endpoints/7:predict"}


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """An application that answers with the address that it was called by."""
    query = scope["query_string"].decode()
    body = f"{scope['path']} {scope['raw_path'].decode()} {query}".encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


def called(path: str, environment: dict[str, str]) -> str:
    """The address by which the application behind the layer was called."""

    async def get() -> str:
        transport = httpx.ASGITransport(app=Renamed(echo, routes_of(environment)))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return (await client.get(path)).text

    return run_coroutine(get())


@pytest.mark.parametrize(
    ("path", "environment", "expected"),
    [
        ("/ping", {}, "/readyz /readyz "),
        ("/invocations?top=1", {}, "/v1/classify /v1/classify top=1"),
        ("/v1/endpoints/7", VERTEX, "/readyz /readyz "),
        ("/v1/endpoints/7:predict", VERTEX, "/v1/classify /v1/classify "),
    ],
)
def test_address_of_a_platform_is_renamed(
    path: str, environment: dict[str, str], expected: str
) -> None:
    assert called(path, environment) == expected


@pytest.mark.parametrize("path", ["/ping/", "/invocations/x", "/v1/endpoints/7", "/metrics"])
def test_other_address_is_left_alone(path: str) -> None:
    assert called(path, {}) == f"{path} {path} "


@pytest.mark.parametrize(
    ("environment", "port"),
    [({}, 8080), ({"PORT": "9000"}, 9000), ({"PORT": "9000", "AIP_HTTP_PORT": "9001"}, 9001)],
)
def test_port_is_the_platforms(environment: dict[str, str], port: int) -> None:
    assert port_of(environment) == port


def event(**fields: Any) -> dict[str, Any]:
    """An event of a function URL, as little of it as there may be."""
    return {"rawPath": "/v1/classify", "requestContext": {"http": {"method": "POST"}}} | fields


def test_bytes_of_an_event_arrive_unchanged() -> None:
    picture = bytes(range(256))
    request = to_request(
        event(
            body=base64.b64encode(picture).decode(),
            isBase64Encoded=True,
            rawQueryString="top=1&x=%2F",
            headers={"content-type": "image/jpeg"},
        ),
        "http://127.0.0.1:1",
    )
    assert request.read() == picture
    assert str(request.url) == "http://127.0.0.1:1/v1/classify?top=1&x=%2F"
    assert request.headers["content-type"] == "image/jpeg"


def test_event_without_a_body_is_a_request_without_one() -> None:
    assert to_request(event(), "http://127.0.0.1:1").read() == b""


def test_refusal_keeps_its_status() -> None:
    refused = httpx.Response(415, json={"cause": "media_type"})
    result = to_result(refused)
    assert result["statusCode"] == 415 and "media_type" in result["body"]
