"""The recommender's service degrades and says so, and refuses what belongs to another build."""

from __future__ import annotations

import itertools
import math
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import build_recommender
import numpy as np
import planted
import pytest
from artifact import Refused, verify
from fastapi.testclient import TestClient
from recommendation_server import Budget, create_app
from recommender import PREPROCESSING

from fenceproof.run.pace import patience
from tests.applications import ROOMY, Answer, held_inside, running

pytestmark = pytest.mark.work_folder
FILES = ["index.hnsw", "user.pt2", "ranker.pt2", "events.npz", "vectors.npy"]


@pytest.fixture(scope="module")
def artifact() -> Path:
    """The artifact of a small catalogue, which is too small for the builder's own gate."""
    folder = Path("artifact")
    recalls = {"popular": 0.1, "retrieval": 0.2, "both": 0.3}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planted, "PEOPLE", 120)
        patch.setattr(planted, "MOVIES", 80)
        patch.setattr(build_recommender, "evaluate", lambda *given: recalls)
        build_recommender.build(None, folder, 30, "1.0.0")
    return folder


@pytest.fixture(scope="module")
def client(artifact: Path) -> Iterator[TestClient]:
    with running(create_app(Budget(**ROOMY))) as client:
        yield client


def recommender_of(client: TestClient) -> Any:
    return client.app.state.service.recommender  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def recommender(client: TestClient) -> Any:
    return recommender_of(client)


@pytest.fixture(scope="module")
def known(recommender: Any) -> int:
    """A user who has rated movies."""
    return int(next(iter(recommender.seen)))


@pytest.fixture(scope="module")
def movies(recommender: Any) -> list[int]:
    """The ids of all movies."""
    return list(recommender.state.ids.tolist())


def post(client: TestClient, **question: Any) -> Answer:
    return client.post("/v1/recommend", json=question)


def recommend(client: TestClient, **question: Any) -> dict[str, Any]:
    answer = post(client, **question)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_known_user_gets_personal_movies_that_are_new(
    client: TestClient, recommender: Any, known: int, movies: list[int]
) -> None:
    seen = {movies[position] for position in recommender.seen[known]}
    answer = recommend(client, user=known, top=50)
    assert answer["because"] == "personal"
    assert not seen & {proposal["movie"] for proposal in answer["movies"]}


def test_movies_come_in_the_order_of_their_scores(client: TestClient, known: int) -> None:
    answer = recommend(client, user=known, top=50)
    scores = [proposal["match"] + math.log(proposal["like"]) for proposal in answer["movies"]]
    rounding = 0.1  # match and like are rounded
    assert all(a >= b - rounding for a, b in itertools.pairwise(scores))


def test_excluded_movies_are_not_proposed(
    client: TestClient, known: int, movies: list[int]
) -> None:
    answer = recommend(client, user=known, top=50, without=movies[:75])
    assert answer["because"] == "personal"
    assert len(answer["movies"]) <= 5


def test_list_is_empty_when_all_movies_are_excluded(
    client: TestClient, known: int, movies: list[int]
) -> None:
    answer = recommend(client, user=known, top=5, without=movies)
    assert (answer["because"], answer["movies"]) == ("personal", [])


def test_stranger_gets_popular_movies(client: TestClient) -> None:
    assert recommend(client, user=999_999)["because"] == "stranger"


@pytest.mark.parametrize(
    "question",
    [
        {},
        {"user": None},
        {"user": 2**31},
        {"user": 1, "top": 51},
        {"user": 1, "without": [1] * 501},
        {"user": True},
    ],
    ids=str,
)
def test_wrong_question_gets_422(client: TestClient, question: dict[str, Any]) -> None:
    assert post(client, **question).status_code == 422


def raise_error(question: object) -> Any:
    raise RuntimeError("weights are gone")


def answer_nan(question: object) -> Any:
    return np.full((1, 3), np.nan)


@pytest.mark.parametrize("personal", [raise_error, answer_nan])
def test_failing_model_is_replaced_by_popular_movies(
    client: TestClient,
    recommender: Any,
    known: int,
    monkeypatch: pytest.MonkeyPatch,
    personal: Any,
) -> None:
    monkeypatch.setattr(recommender, "personal", personal)
    answer = recommend(client, user=known, top=3)
    assert (answer["because"], len(answer["movies"])) == ("failed", 3)


def waiting_for(event: threading.Event) -> Any:
    """A model that answers once the event is set."""

    def personal(question: object) -> Any:
        assert event.wait(patience(60)), "nobody set the event"
        return np.zeros((1, 3))

    return personal


def test_slow_model_is_replaced_by_popular_movies(artifact: Path, known: int) -> None:
    answered = threading.Event()
    with running(create_app(Budget(**(ROOMY | {"deadline_s": 0.2})))) as client:
        recommender_of(client).personal = waiting_for(answered)
        try:
            answer = recommend(client, user=known, top=3)  # comes although the model waits
        finally:
            answered.set()
    assert (answer["because"], len(answer["movies"])) == ("late", 3)


def test_request_without_a_key_gets_401(client: TestClient, known: int) -> None:
    question = {"user": known}
    answer = client.post("/v1/recommend", json=question, headers={"Authorization": ""})
    assert answer.status_code == 401


def test_full_queue_gives_popular_movies(artifact: Path, known: int) -> None:
    release = threading.Event()
    settings = ROOMY | {"max_batch": 1, "max_queue": 1}
    with running(create_app(Budget(**settings))) as client:
        recommender_of(client).personal = waiting_for(release)
        with held_inside(client, lambda: post(client, user=known), release):
            assert recommend(client, user=known)["because"] == "full"


def test_unchanged_artifact_is_accepted(artifact: Path) -> None:
    verify(artifact, PREPROCESSING)


@pytest.mark.parametrize("name", FILES)
def test_file_of_another_build_is_refused(artifact: Path, tmp_path: Path, name: str) -> None:
    changed = shutil.copytree(artifact, tmp_path / "artifact")
    with (changed / name).open("ab") as file:
        file.write(b"x")
    with pytest.raises(Refused) as error:
        verify(changed, PREPROCESSING)
    assert str(error.value) == f"{name} is not the file that was built"


def test_features_of_another_build_are_refused(artifact: Path) -> None:
    with pytest.raises(Refused) as error:
        verify(artifact, PREPROCESSING | {"features": "history 50"})
    message = "preprocessing: features is 'history 50' here, and was 'history 20"
    assert str(error.value).startswith(message)
