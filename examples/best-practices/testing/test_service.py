"""What must hold before this service is deployed: python -m pytest"""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from fastapi.testclient import TestClient

from artifact import Manifest, verify
from build import Classifier, crops, load_network
from imaging import PREPROCESSING
from model import Predict, open_model, self_test
from server import create_app
from settings import Settings

FOLDER = Path("artifact")
PHOTOGRAPH = (FOLDER / "golden.jpg").read_bytes()
JPEG = {"Content-Type": "image/jpeg"}


@pytest.fixture(scope="session")
def manifest() -> Manifest:
    return verify(FOLDER, PREPROCESSING)


@pytest.fixture(scope="session")
def predict(manifest: Manifest) -> Predict:
    return open_model(FOLDER, manifest.export.format)


@pytest.fixture(scope="session")
def images() -> np.ndarray:
    return crops(12)  # whole batches of 1, 2, 3 and 4


@pytest.fixture(scope="session")
def truth(images: np.ndarray) -> np.ndarray:
    """The original network, in eager fp32, as it was trained."""
    with torch.inference_mode():
        eager = Classifier(load_network()).eval()
        return eager(torch.from_numpy(images)).numpy()


@pytest.fixture(scope="session")
def client() -> Iterator[TestClient]:
    patient = Settings(
        anonymous=True,
        docs=True,
        deadline_s=60,  # on a busy machine
        decode_s=60,
    )
    with TestClient(create_app(patient)) as client:
        while client.get("/readyz").status_code != 200:
            assert client.get("/livez").status_code == 200, "it refused"
            time.sleep(0.1)
        yield client


def test_this_machine_computes_what_was_tested(
    predict: Predict, manifest: Manifest
) -> None:
    self_test(predict, FOLDER, manifest.tolerances.max_abs)


def test_golden_bytes_golden_answer(
    client: TestClient, manifest: Manifest
) -> None:
    answer = client.post("/v1/classify", content=PHOTOGRAPH, headers=JPEG)
    golden = np.array(json.loads((FOLDER / "golden.json").read_text()))
    best = answer.json()["labels"][0]
    assert best["label"] == "daisy"
    allowed = manifest.tolerances.max_abs
    assert best["probability"] == pytest.approx(golden.max(), abs=allowed)


@pytest.mark.parametrize("batch", [1, 2, 3, 4])
def test_parity_with_eager(
    batch: int,
    predict: Predict,
    images: np.ndarray,
    truth: np.ndarray,
    manifest: Manifest,
) -> None:
    parts = np.split(images, len(images) // batch)
    answers = np.concatenate([predict(part) for part in parts])
    assert np.abs(answers - truth).max() <= manifest.tolerances.max_abs
    assert (answers.argmax(1) == truth.argmax(1)).all()


@pytest.mark.parametrize("position", [0, 1, 2, 3])
def test_neighbors_do_not_matter(
    position: int, predict: Predict, images: np.ndarray, manifest: Manifest
) -> None:
    image, others = images[:1], images[4:7]
    batch = np.insert(others, position, image[0], axis=0)
    [alone], together = predict(image), predict(batch)
    difference = np.abs(alone - together[position]).max()
    assert difference <= manifest.tolerances.max_abs


def test_metadata_is_the_manifest(
    client: TestClient, manifest: Manifest
) -> None:
    told = client.get(f"/v2/models/{manifest.name}").json()
    assert told["versions"] == [manifest.version]
    for tensor, said in zip(manifest.inputs, told["inputs"], strict=True):
        assert said["name"] == tensor.name
        assert said["shape"] == [-1, *tensor.shape[1:]]


@pytest.mark.parametrize(
    ("content", "kind", "top", "status"),
    [
        (PHOTOGRAPH, "image/jpeg", 3, 200),
        (b"", "image/jpeg", 3, 422),
        (b"GIF89a", "image/jpeg", 3, 422),
        (PHOTOGRAPH[:-5000], "image/jpeg", 3, 422),
        (PHOTOGRAPH, "image/jpeg", 0, 422),
        (PHOTOGRAPH, "text/plain", 3, 415),
        (b"0" * 5_000_001, "image/jpeg", 3, 413),
    ],
    ids=["good", "empty", "gif", "cut", "top", "text", "large"],
)
def test_contract(
    client: TestClient, content: bytes, kind: str, top: int, status: int
) -> None:
    answer = client.post(
        f"/v1/classify?top={top}",
        content=content,
        headers={"Content-Type": kind},
    )
    assert answer.status_code == status
    announced = client.get("/openapi.json").json()["paths"]["/v1/classify"]
    assert str(status) in announced["post"]["responses"]
