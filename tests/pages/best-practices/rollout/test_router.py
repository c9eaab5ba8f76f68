"""The router passes on what belongs to client and service, and its judge keeps its error rate."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from judge import Judge, Limit
from router import create_app

pytestmark = pytest.mark.work_folder
OPERATOR = {"Authorization": "Bearer " + "o" * 32}
STABLE, CANDIDATE = "http://stable", "http://candidate"
Answer = Callable[[httpx.Request], httpx.Response]


def labelled(label: str) -> httpx.Response:
    return httpx.Response(200, json={"labels": [{"label": label}]})


class Services:
    """Both versions, which answer as a test says, and what they were asked."""

    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []
        self.answers: dict[str, Answer] = {
            STABLE: lambda request: labelled("daisy"),
            CANDIDATE: lambda request: labelled("daisy"),
        }

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self.answers[f"http://{request.url.host}"](request)


@pytest.fixture
def services() -> Services:
    return Services()


@pytest.fixture
def client(services: Services, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setenv("ROUTER_STABLE", STABLE)
    monkeypatch.setenv("ROUTER_CANDIDATE", CANDIDATE)
    monkeypatch.setenv("ROUTER_OPERATOR_KEY", "o" * 32)
    with TestClient(create_app(httpx.MockTransport(services.answer))) as client:
        yield client


def classify(client: TestClient, content: bytes = b"picture", **headers: str) -> Any:
    return client.post("/v1/classify?top=1", content=content, headers={"X-Client": "one"} | headers)


def plan(client: TestClient, mode: str, weight: float = 0.0) -> None:
    body = {"mode": mode, "weight": weight}
    assert client.put("/plan", json=body, headers=OPERATOR).status_code == 200


def reason(client: TestClient) -> str:
    return str(client.get("/plan", headers=OPERATOR).json()["reason"])


def test_keys_and_traces_reach_the_service(client: TestClient, services: Services) -> None:
    given = {
        "authorization": "Bearer secret",
        "traceparent": "00-" + "a" * 32 + "-" + "b" * 16 + "-01",
        "tracestate": "x=1",
        "x-request-id": "order-17",
        "content-type": "image/png",
    }
    assert classify(client, b"picture", cookie="private", **given).status_code == 200
    asked = services.asked[0]
    assert given.items() <= dict(asked.headers).items()
    assert "cookie" not in asked.headers
    assert (asked.url.query, asked.content) == (b"top=1", b"picture")


@pytest.mark.parametrize("status", [401, 413, 422, 429, 500, 503, 504])
def test_the_services_refusals_reach_the_client(
    client: TestClient, services: Services, status: int
) -> None:
    headers = {
        "content-type": "application/problem+json",
        "retry-after": "7",
        "x-request-id": "r",
        "www-authenticate": "Bearer",
    }
    refusal = httpx.Response(status, headers=headers, content=b'{"cause": "c"}')
    services.answers[STABLE] = lambda request: refusal
    answer = classify(client)
    assert (answer.status_code, answer.json()) == (status, {"cause": "c"})
    assert headers.items() <= dict(answer.headers).items()


def test_a_stable_version_that_is_gone_is_a_502(client: TestClient, services: Services) -> None:
    def gone(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody listens")

    services.answers[STABLE] = gone
    answer = classify(client)
    assert (answer.status_code, answer.headers["retry-after"]) == (502, "1")


def test_a_failing_candidate_is_seen_by_nobody_and_sent_back(
    client: TestClient, services: Services
) -> None:
    services.answers[CANDIDATE] = lambda request: httpx.Response(500)
    plan(client, "canary", 1.0)
    assert {classify(client).status_code for _ in range(5)} == {200}
    assert reason(client) == "rolled back: errors above 5%"


def test_a_candidate_that_refuses_too_much_is_passed_on(
    client: TestClient, services: Services
) -> None:
    services.answers[CANDIDATE] = lambda request: httpx.Response(429, headers={"retry-after": "2"})
    plan(client, "canary", 1.0)
    answer = classify(client)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "2")
    assert reason(client) == ""


def test_clients_cannot_change_the_plan_or_send_gigabytes(client: TestClient) -> None:
    assert client.put("/plan", json={"mode": "stable"}).status_code == 401
    assert client.get("/plan", headers={"Authorization": "Bearer x"}).status_code == 401
    assert classify(client, b"x" * 5_000_001).status_code == 413


def test_disagreement_in_the_shadow_is_found(client: TestClient, services: Services) -> None:
    services.answers[CANDIDATE] = lambda request: labelled("tulip")
    plan(client, "shadow")
    for _ in range(10):
        assert json.loads(classify(client).text)["labels"][0]["label"] == "daisy"
        if reason(client):
            break
    assert reason(client) == "rolled back: disagreement above 10%"


def sent_back(rate: float, runs: int, answers: int) -> int:
    """Of so many candidates that fail at this rate, how many are sent back within so many."""
    chance = random.Random(0)
    return sum(
        any(judge.record(chance.random() < rate) for _ in range(answers))
        for judge in (Judge() for _ in range(runs))
    )


def test_a_candidate_at_the_limit_is_sent_back_as_rarely_as_stated() -> None:
    assert sent_back(0.05, runs=400, answers=2000) <= 4
    assert sent_back(0.01, runs=200, answers=2000) == 0


def test_a_candidate_far_above_the_limit_is_sent_back() -> None:
    assert sent_back(0.2, runs=100, answers=300) == 100


def test_what_breaks_late_is_noticed_soon() -> None:
    limit = Limit(0.05, 0.005)
    assert not any(limit.exceeded(bad=False) for _ in range(5_000))
    failures = next(n for n in range(1, 600) if limit.exceeded(bad=True))
    assert failures < 10
