"""The service of translations: whole and streamed, and what happens when the model misbehaves."""

from __future__ import annotations

import itertools
import json
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from artifact import Refused
from build_translator import build
from exported import Exported
from fastapi.testclient import TestClient
from golden import self_test
from settings import Settings
from subwords import Subwords
from translation_server import Job, TranslationService, create_app

from fenceproof.run.pace import patience
from tests.applications import ROOMY, Answer, held_inside, inside, running
from tests.waiting import wait_until

pytestmark = pytest.mark.work_folder
TEXT = "Delete %(count)s selected pages"
FIRST = 300  # a piece of the vocabulary that is a word
Decode = Callable[..., Any]  # piece, source, cross, past: scores, past


@pytest.fixture(scope="module")
def artifact() -> Path:
    torch.set_num_threads(1)
    folder = Path("artifact")
    build(Path("weights"), folder)
    return folder


@pytest.fixture(scope="module")
def client(artifact: Path) -> Iterator[TestClient]:
    with running(create_app(TranslationService(Settings(**ROOMY)))) as client:
        yield client


def service_of(client: TestClient) -> Any:
    return client.app.state.service  # type: ignore[attr-defined]


@pytest.fixture
def steps(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The two steps of the service's model, whose `decode` a test may replace."""
    steps = service_of(client).steps
    monkeypatch.setattr(steps, "decode", steps.decode)
    yield steps


def post(client: TestClient, **question: Any) -> Answer:
    return client.post("/v1/translate", json=question)


def events_of(answer: Answer) -> list[dict[str, Any]]:
    blocks = [block for block in answer.text.split("\n\n") if block]
    return [json.loads(block.split("data: ")[-1]) for block in blocks]


def preferring(decode: Decode, choose: Callable[[], int]) -> Decode:
    """The model, which is now sure of the piece that `choose` returns."""

    def decode_and_prefer(piece: Any, source: Any, cross: Any, past: Any) -> Any:
        scores, past = decode(piece, source, cross, past)
        scores[..., choose()] = 1e4
        return scores, past

    return decode_and_prefer


def endless(decode: Decode) -> Decode:
    """The model, which now says fifty words in turn and never ends."""
    turn = itertools.cycle(range(FIRST, FIRST + 50))
    return preferring(decode, lambda: next(turn))


def waiting_after(decode: Decode, pieces: int, event: threading.Event) -> Decode:
    """The model, which now waits for an event before its next piece."""
    count = itertools.count()

    def decode_or_wait(*given: Any) -> Any:
        if next(count) >= pieces:
            assert event.wait(patience(60)), "nobody set the event"
        return decode(*given)

    return decode_or_wait


@pytest.fixture(scope="module")
def whole(client: TestClient) -> dict[str, Any]:
    """The answer to TEXT."""
    answer = post(client, text=TEXT)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_answer_has_the_documented_fields(whole: dict[str, Any]) -> None:
    assert {*whole} == {
        "confidence",
        "finish",
        "model",
        "pieces",
        "placeholders_kept",
        "text",
        "version",
    }
    assert whole["finish"] == "end"
    assert 0 < whole["confidence"] <= 1


def test_stream_says_the_same_as_the_whole_answer(
    client: TestClient, whole: dict[str, Any]
) -> None:
    answer = post(client, text=TEXT, stream=True)
    assert answer.status_code == 200
    assert answer.text.count("event: ") == 1
    events = events_of(answer)
    assert "".join(event.get("text", "") for event in events) == whole["text"]
    assert events[-1]["pieces"] == whole["pieces"]


def test_spaces_do_not_change_the_translation(client: TestClient, whole: dict[str, Any]) -> None:
    spaced = post(client, text="  Delete   %(count)s selected pages ")
    assert spaced.json()["text"] == whole["text"]


@pytest.mark.parametrize(
    "question",
    [
        {},
        {"text": None},
        {"text": ""},
        {"text": "   "},
        {"text": "123 %s"},
        {"text": "\u5220\u9664"},
        {"text": "a" * 501},
        {"text": "zq" * 80},
        {"text": "Save", "stream": "maybe"},
        {"text": "Save", "to": "fr"},
    ],
    ids=lambda question: str(question)[:40],
)
def test_wrong_question_gets_422(client: TestClient, question: dict[str, Any]) -> None:
    assert post(client, **question).status_code == 422


def test_half_a_character_waits_for_its_other_half() -> None:
    heard: list[str] = []
    job = Job("x", [5, 2], [], tell=heard.append)
    for said in (
        "\u5220",
        "\u5220\ufffd",
        "\u5220\ufffd\ufffd",
        "\u5220\u9f49",
        "\u5220\u9f49",
        "\u5220\u9f49 a",
    ):
        job.hear(said)
    assert heard == ["\u5220", "\u9f49", " a"]


def test_repetition_ends_a_translation(client: TestClient, steps: Any) -> None:
    steps.decode = preferring(steps.decode, lambda: FIRST)
    answer = post(client, text="Save").json()
    assert (answer["finish"], answer["pieces"]) == ("repetition", 4)


def test_length_ends_a_translation(client: TestClient, steps: Any) -> None:
    steps.decode = endless(steps.decode)
    answer = post(client, text="Save").json()
    assert (answer["finish"], answer["pieces"]) == ("length", 64)


def fail(*given: object) -> Any:
    raise RuntimeError("weights are gone")


@pytest.mark.parametrize("stream", [False, True])
def test_failing_model_gets_500(client: TestClient, steps: Any, stream: bool) -> None:
    steps.decode = fail
    assert post(client, text="Save", stream=stream).status_code == 500


def test_failure_in_the_middle_of_a_stream_is_its_last_event(
    client: TestClient, steps: Any
) -> None:
    decode = endless(steps.decode)

    def fail_later(piece: Any, source: Any, cross: Any, past: Any) -> Any:
        if past.shape[4] >= 3:
            raise RuntimeError("in the middle")
        return decode(piece, source, cross, past)

    steps.decode = fail_later
    answer = post(client, text="Save", stream=True)
    assert answer.status_code == 200
    assert events_of(answer)[-1]["cause"] == "model"


def test_client_that_hangs_up_stops_its_translation(
    client: TestClient, steps: Any, whole: dict[str, Any]
) -> None:
    service, decode, hung_up = service_of(client), steps.decode, threading.Event()
    # of 64 pieces: enough for a first part
    steps.decode = waiting_after(endless(decode), 20, hung_up)

    async def hang_up_after_the_first_part() -> object:
        parts = service.parts(service.job("Delete all pages"))
        first = await anext(parts)
        await parts.aclose()
        hung_up.set()
        return first

    def stopped() -> Any:
        name, labels = "translations_total", {"finish": "stopped"}
        return service.metrics.registry.get_sample_value(name, labels)

    assert client.portal is not None
    assert client.portal.call(hang_up_after_the_first_part)
    wait_until(stopped, "the translation is counted as stopped")
    assert stopped() == 1
    assert inside(client) == 0
    steps.decode = decode
    assert post(client, text=TEXT).json()["text"] == whole["text"]


@pytest.fixture
def hurried(artifact: Path) -> Iterator[TestClient]:
    """A service with a short deadline."""
    settings = ROOMY | {"deadline_s": patience(0.3)}
    with running(create_app(TranslationService(Settings(**settings)))) as client:
        yield client


def test_answer_after_the_deadline_gets_504(hurried: TestClient) -> None:
    steps, answered = service_of(hurried).steps, threading.Event()
    steps.decode = waiting_after(endless(steps.decode), 0, answered)
    try:
        assert post(hurried, text="Save").status_code == 504
    finally:
        answered.set()


def test_stream_after_the_deadline_ends_with_its_cause(hurried: TestClient) -> None:
    steps, answered = service_of(hurried).steps, threading.Event()
    steps.decode = waiting_after(endless(steps.decode), 20, answered)
    try:
        answer = post(hurried, text="Save all of it", stream=True)
    finally:
        answered.set()
    if answer.status_code == 200:
        assert events_of(answer)[-1]["cause"] == "deadline"
    else:  # the first part was late already
        assert answer.status_code == 504


def test_request_without_a_key_gets_401(client: TestClient) -> None:
    headers = {"Authorization": ""}
    answer = client.post("/v1/translate", json={"text": "Save"}, headers=headers)
    assert answer.status_code == 401


def test_full_queue_gets_429_until_there_is_room(artifact: Path) -> None:
    settings = ROOMY | {"max_batch": 1, "max_queue": 1}
    with running(create_app(TranslationService(Settings(**settings)))) as client:
        steps, release = service_of(client).steps, threading.Event()
        steps.decode = waiting_after(steps.decode, 0, release)
        with held_inside(client, lambda: post(client, text="Save"), release):
            assert post(client, text="Save").status_code == 429
            assert post(client, text="Save", stream=True).status_code == 429
        assert post(client, text="Save").status_code == 200


def test_artifact_with_another_vocabulary_is_refused(artifact: Path, tmp_path: Path) -> None:
    changed = shutil.copytree(artifact, tmp_path / "artifact")
    path = changed / "tokenizer.json"
    saved = json.loads(path.read_text("utf-8"))
    saved["model"]["merges"].reverse()
    path.write_text(json.dumps(saved), "utf-8")
    with pytest.raises(Refused, match="the golden text has other source here"):
        self_test(Exported(changed), Subwords.load(path), changed, 1e-3)
