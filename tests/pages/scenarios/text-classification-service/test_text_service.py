"""The service of texts: the same answer alone and among others, and each refusal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import text_service
from fastapi.testclient import TestClient
from model import open_model
from settings import Settings
from text_server import create_app

from tests.applications import ROOMY, Answer, ControlledModel, held_inside, running
from tests.pages.scenarios.small_text_model import build_small

pytestmark = pytest.mark.work_folder
TEXTS = [
    "one",
    "two words",
    "three words here " * 9,
    "many " * 90,
    "more " * 700,
    "caf\u00e9 \U0001f60a",
    "x",
    "y z",
]


@pytest.fixture(scope="module")
def artifact() -> Path:
    folder = Path("artifact")
    build_small(folder)
    return folder


@pytest.fixture(scope="module")
def client(artifact: Path) -> Iterator[TestClient]:
    with running(create_app(Settings(**ROOMY))) as client:
        yield client


def classify(client: TestClient, **body: Any) -> Answer:
    return client.post("/v1/classify", json=body)


def probabilities(client: TestClient, texts: Sequence[str]) -> Any:
    answer = classify(client, texts=texts, truncation="head")
    assert answer.status_code == 200, answer.text
    return np.array([one["probability"] for one in answer.json()["answers"]])


@pytest.fixture(scope="module")
def alone(client: TestClient) -> Any:
    """The probabilities of the texts, each asked for by itself."""
    return np.concatenate([probabilities(client, [text]) for text in TEXTS])


def test_text_gets_the_same_answer_among_others(client: TestClient, alone: Any) -> None:
    assert np.abs(probabilities(client, TEXTS) - alone).max() < 1e-5


def test_requests_at_once_get_the_same_answers(client: TestClient, alone: Any) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda text: probabilities(client, [text]), TEXTS)
        at_once = np.concatenate(list(answers))
    assert np.abs(at_once - alone).max() < 1e-5


def test_answer_says_how_much_was_read(client: TestClient) -> None:
    answer = classify(client, texts=["one", "more " * 700], truncation="ends")
    assert [one["tokens"] for one in answer.json()["answers"]] == [3, 256]


@pytest.mark.parametrize(
    ("body", "place", "kind"),
    [
        pytest.param({}, ["texts"], "missing", id="missing"),
        pytest.param({"texts": [""]}, ["texts", 0], "empty", id="empty"),
        pytest.param({"texts": ["fine", "\u200b\u0000"]}, ["texts", 1], "empty", id="control"),
        pytest.param({"texts": ["word " * 300]}, ["texts", 0], "too_long", id="long"),
        pytest.param(
            {"texts": ["fine", "\u8fd9\u5bb6\u9910\u5385"]},
            ["texts", 1],
            "not_understood",
            id="chinese",
        ),
        pytest.param({"texts": [1]}, ["texts", 0], "string_type", id="type"),
        pytest.param({"texts": ["x"] * 17}, ["texts"], "too_long", id="many"),
        pytest.param(
            {"texts": ["x"], "truncation": "middle"}, ["truncation"], "literal_error", id="policy"
        ),
    ],
)
def test_422_names_the_text_and_the_reason(
    client: TestClient, body: dict[str, Any], place: list[str | int], kind: str
) -> None:
    answer = classify(client, **body)
    assert answer.status_code == 422
    detail = answer.json()["errors"][0]
    assert (detail["loc"], detail["type"]) == (["body", *place], kind)


@pytest.mark.parametrize("content", [b'{"texts": ["\\ud800"]}', b"{"], ids=["surrogate", "no json"])
def test_body_that_is_no_json_gets_422_and_harms_nobody(client: TestClient, content: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    assert client.post("/v1/classify", content=content, headers=headers).status_code == 422
    assert classify(client, texts=["one"]).status_code == 200


def test_another_media_type_gets_415(client: TestClient) -> None:
    assert client.post("/v1/classify", content=b"text").status_code == 415


@pytest.fixture(scope="module")
def model() -> Iterator[ControlledModel]:
    controlled = ControlledModel(open_model)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_service, "open_model", controlled.open)
        yield controlled


@pytest.fixture(scope="module")
def small(artifact: Path, model: ControlledModel) -> Iterator[TestClient]:
    """A service with small bodies, and room for one text."""
    settings = ROOMY | {"max_bytes": 200, "max_batch": 1, "max_queue": 1}
    with running(create_app(Settings(**settings))) as client:
        yield client


def test_request_without_a_key_gets_401(client: TestClient) -> None:
    answer = client.post("/v1/classify", json={"texts": ["one"]}, headers={"Authorization": ""})
    assert answer.status_code == 401


def test_large_body_gets_413(small: TestClient) -> None:
    assert classify(small, texts=["one " * 100]).status_code == 413


def test_full_queue_gets_429(small: TestClient, model: ControlledModel) -> None:
    model.gate.clear()
    with held_inside(small, lambda: classify(small, texts=["one"]), model.gate):
        assert classify(small, texts=["one"]).status_code == 429
