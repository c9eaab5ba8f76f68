"""The service of photographs: what it answers, what it refuses, and which artifact it opens."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import photo_server
import pytest
from artifact import Refused, verify
from build_photos import build_photos
from fastapi.testclient import TestClient
from model import open_model
from photo_server import create_app
from pictures import BAD, FLOWER, GOOD, JPEG, encode
from preparation import PREPROCESSING
from settings import Settings

from tests.applications import ROOMY, Answer, ControlledModel, held_inside, running

pytestmark = pytest.mark.work_folder
MAX_QUEUE = 2
SIZES = {"max_batch": 2, "max_pixels": 25_000_000}


@pytest.fixture(scope="module")
def artifact() -> Path:
    folder = Path("artifact")
    build_photos(folder)
    return folder


@pytest.fixture(scope="module")
def model(artifact: Path) -> Iterator[ControlledModel]:
    controlled = ControlledModel(open_model)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(photo_server, "open_model", controlled.open)
        yield controlled


@pytest.fixture(scope="module")
def client(model: ControlledModel) -> Iterator[TestClient]:
    settings = ROOMY | SIZES | {"max_queue": MAX_QUEUE}
    with running(create_app(Settings(**settings))) as client:
        yield client


def classify(client: TestClient, content: bytes, kind: str = "image/jpeg", **query: Any) -> Answer:
    return client.post(
        "/v1/classify", content=content, params=query, headers={"Content-Type": kind}
    )


@pytest.mark.parametrize(
    "name",
    [
        "as it is",
        "12 megapixels",
        "held upright",
        "gray",
        "CMYK",
        "palette",
        "16 bits",
        "cut out",
        "animated",
    ],
)
def test_flower_is_a_daisy_in_each_form(client: TestClient, name: str) -> None:
    answer = classify(client, GOOD[name])
    assert answer.status_code == 200
    assert answer.json()["labels"][0]["label"] == "daisy"


@pytest.mark.parametrize(
    "name", ["a text", "a web page", "nothing", "half a picture", "8 x 8 pixels", "a TIFF"]
)
def test_what_is_no_picture_gets_422(client: TestClient, name: str) -> None:
    assert classify(client, BAD[name]).status_code == 422


@pytest.mark.parametrize("name", ["a bomb", "six megabytes"])
def test_what_is_too_large_gets_413(client: TestClient, name: str) -> None:
    assert classify(client, BAD[name]).status_code == 413


@pytest.mark.parametrize("size", [(16, 16), (3000, 16)], ids=["16 by 16", "a strip"])
def test_smallest_and_narrowest_pictures_are_answered(
    client: TestClient, size: tuple[int, int]
) -> None:
    assert classify(client, encode(FLOWER.resize(size), "PNG")).status_code == 200


def test_another_media_type_gets_415(client: TestClient) -> None:
    assert classify(client, JPEG, "text/plain").status_code == 415


def test_more_labels_than_ten_get_422(client: TestClient) -> None:
    assert classify(client, JPEG, top=11).status_code == 422


def test_as_many_labels_come_as_are_asked_for(client: TestClient) -> None:
    assert len(classify(client, JPEG, top=1).json()["labels"]) == 1


def test_full_queue_gets_429(client: TestClient, model: ControlledModel) -> None:
    model.gate.clear()
    with held_inside(client, lambda: classify(client, JPEG), model.gate, MAX_QUEUE):
        assert classify(client, JPEG).status_code == 429


def test_answer_that_is_no_number_gets_500(
    client: TestClient, model: ControlledModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "instead", lambda batch: np.full((len(batch), 1000), np.nan))
    assert classify(client, JPEG).status_code == 500


def test_answer_after_the_deadline_gets_504(artifact: Path) -> None:
    with running(create_app(Settings(**(ROOMY | SIZES | {"deadline_s": 1e-6})))) as client:
        assert classify(client, JPEG).status_code == 504


def test_changed_program_is_refused(artifact: Path, tmp_path: Path) -> None:
    changed = shutil.copytree(artifact, tmp_path / "artifact")
    with (changed / "prepare.pt2").open("ab") as file:
        file.write(b"x")
    with pytest.raises(Refused) as error:
        verify(changed, PREPROCESSING)
    assert str(error.value) == "prepare.pt2 is not the file that was built"


def test_artifact_of_another_preprocessing_is_refused(artifact: Path) -> None:
    with pytest.raises(Refused) as error:
        verify(artifact, PREPROCESSING | {"transparency": "black"})
    expected = "preprocessing: transparency is 'black' here, and was 'white' at build"
    assert str(error.value) == expected
