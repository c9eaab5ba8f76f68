"""The image scenario: its loader, its calibration, its gate,
and its service with pictures as people send them.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from fenceproof.project import find_project
from fenceproof.reader import load_page
from tests.programs import run

PROJECT = find_project(Path(__file__))
PAGES = (
    "image-recognition-calibration",
    "image-recognition-export",
    "image-recognition-service",
)
DEBIAN = Path("/usr/share/datasets/fashion-mnist")
PARTS = """
import json
import numpy as np
from calibration import ece, fit_temperature, reliability, softmax
from fashion import folder, load
from train import load_network, logits

generator = np.random.default_rng(0)
z = generator.normal(0, 2, (20_000, 10))
labels = (generator.random((len(z), 1)) > np.cumsum(softmax(z), axis=1)).sum(axis=1)
found = {
    "true": ece(z, labels),
    "too sure": ece(z * 3, labels),
    "temperature": [fit_temperature(z * k, labels) / k for k in (0.5, 1, 3)],
    "counted": int(reliability(z, labels)[:, 0].sum()),
    "one bin": abs(
        ece(z, labels, 1) - abs(softmax(z).max(1).mean() - (z.argmax(1) == labels).mean())
    ),
}
network, temperature = load_network()
test, truth = load(folder(), "test")
found["top_1"] = float((logits(network, test).argmax(1) == truth).mean())
print(json.dumps(found))
"""
FILES = """
import json
import numpy as np
from imaging import BadImage, TooManyPixels
from photo import decode
from pictures import BAD, FLOWER, GOOD, cut_out, encode, rotated

flower = np.array(FLOWER)
found = {name: list(decode(data, 25_000_000).shape) for name, data in GOOD.items()}
found["turns"] = [
    float(np.abs(decode(rotated(6), 10**7).astype(int) - flower).mean()),
    float(np.abs(decode(rotated(8), 10**7).astype(int) - flower).mean()),
]
found["same cut-out"] = bool((decode(cut_out(True), 10**7) == decode(cut_out(False), 10**7)).all())
grey = np.array(FLOWER.convert("L")).astype(int)
found["sixteen"] = int(np.abs(decode(GOOD["16 bits"], 10**7)[..., 0] - grey).max())
found["bad"] = {}
for name, data in BAD.items():
    try:
        decode(data, 25_000_000)
    except TooManyPixels:
        found["bad"][name] = "pixels"
    except BadImage:
        found["bad"][name] = "bad"
try:
    decode(encode(FLOWER, "PNG"), 100_000)
except TooManyPixels as error:
    found["limit"] = str(error)
print(json.dumps(found))
"""
SERVE = """
import json, time
import numpy as np
from pathlib import Path
from fastapi.testclient import TestClient
from build_photos import build_photos
from photo_server import create_app
from pictures import BAD, GOOD, JPEG, encode, FLOWER
from settings import Settings

build_photos(Path("artefact"))
found = {}


def app(**settings):
    made = create_app(Settings(**({"deadline_s": 600, "max_batch": 2} | settings)))
    client = TestClient(made, headers={"Content-Type": "image/jpeg"})
    client.__enter__()
    while client.get("/readyz").json().get("error") == "the service is starting":
        time.sleep(0.05)
    return made.state.service, client


service, client = app()
for name, data in GOOD.items():
    answer = client.post("/v1/classify", content=data)
    found[name] = [answer.status_code, answer.json()["labels"][0]["label"]]
for name, data in BAD.items():
    found[name] = [client.post("/v1/classify", content=data).status_code]
for name, size in {"16 by 16": (16, 16), "a strip": (3000, 16)}.items():
    picture = encode(FLOWER.resize(size), "PNG")
    found[name] = client.post("/v1/classify", content=picture).status_code
plain = {"Content-Type": "text/plain"}
found["a text/plain"] = client.post("/v1/classify", content=JPEG, headers=plain).status_code
found["top 11"] = client.post("/v1/classify?top=11", content=JPEG).status_code
found["top 1"] = len(client.post("/v1/classify?top=1", content=JPEG).json()["labels"])
service.batcher._inside = service.batcher._max_queue
found["full"] = client.post("/v1/classify", content=JPEG).status_code
service.batcher._inside = 0
service.batcher._predict = lambda batch: np.full((len(batch), 1000), np.nan)
found["not a number"] = client.post("/v1/classify", content=JPEG).status_code
client.__exit__(None, None, None)
_, client = app(deadline_s=1e-6)
found["late"] = client.post("/v1/classify", content=JPEG).status_code
client.__exit__(None, None, None)
print(json.dumps(found))
"""
REFUSED = """
import shutil
from pathlib import Path
from artefact import Refused, verify
from preparation import PREPROCESSING

shutil.copytree("artefact", "other", dirs_exist_ok=True)
with Path("other/prepare.pt2").open("ab") as file:
    file.write(b"x")
other_steps = PREPROCESSING | {"transparency": "black"}
for folder, steps in (("other", PREPROCESSING), ("artefact", other_steps)):
    try:
        verify(Path(folder), steps)
    except Refused as refused:
        print(refused)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A work folder with the scenario's programs."""
    made: Path = tmp_path_factory.mktemp("image")
    for name in PAGES:
        load_page(PROJECT.docs / f"scenarios/{name}.md", PROJECT).copy_to(made, own=True)
    return made


def test_calibration_and_committed_weights(folder: Path) -> None:
    found = json.loads(run(folder, PARTS))
    assert found["true"] < 0.015 < 0.1 < found["too sure"]
    assert all(abs(t - 1) < 0.05 for t in found["temperature"])
    assert found["counted"] == 20_000 and found["one bin"] < 1e-9
    figures = json.loads((folder / "fashion.json").read_text())
    assert abs(found["top_1"] - figures["top_1"]) < 0.005


def test_weights_of_another_training_are_refused(folder: Path, tmp_path: Path) -> None:
    for name in ("fashion.json", "fashion.safetensors"):
        shutil.copy(folder / name, tmp_path)
    with (tmp_path / "fashion.safetensors").open("ab") as file:
        file.write(b"x")
    program = f"""
from pathlib import Path
from train import load_network
try:
    load_network(Path({str(tmp_path)!r}) / "fashion.safetensors")
except ValueError as error:
    print(error)
"""
    assert "is not the file that was trained" in run(folder, program)


@pytest.mark.skipif(not DEBIAN.is_dir(), reason="needs Debian's dataset-fashion-mnist")
def test_the_excerpt_is_the_beginning_of_the_original(folder: Path) -> None:
    program = """
from fashion import DEBIAN, EXCERPT, load
for part, size in (("train", 6000), ("test", 2000)):
    for ours, theirs in zip(load(EXCERPT, part), load(DEBIAN, part)):
        print(len(ours) == size, (ours == theirs[:size]).all())
"""
    assert run(folder, program).split() == ["True"] * 8


def test_files_as_people_send_them(folder: Path) -> None:
    found = json.loads(run(folder, FILES).splitlines()[-1])
    for name in (
        "as it is",
        "held upright",
        "grey",
        "CMYK",
        "palette",
        "16 bits",
        "cut out",
        "animated",
    ):
        assert found[name] == [427, 640, 3], name
    assert found["12 megapixels"] == [668, 1000, 3]
    upright, upside_down = found["turns"]
    assert upright < 5 < 20 < upside_down
    assert found["same cut-out"] and found["sixteen"] <= 1
    wrong = {"a bomb": "pixels"} | dict.fromkeys(
        (
            "a text",
            "a web page",
            "nothing",
            "half a picture",
            "8 x 8 pixels",
            "six megabytes",
            "a TIFF",
        ),
        "bad",
    )
    assert found["bad"] == wrong
    assert found["limit"] == "640 x 427 pixels, of which at most 100000 are allowed"


def test_service_and_its_artefact(folder: Path) -> None:
    found = json.loads(run(folder, SERVE).splitlines()[-1])
    for name in (
        "as it is",
        "12 megapixels",
        "held upright",
        "grey",
        "CMYK",
        "palette",
        "16 bits",
        "cut out",
        "animated",
    ):
        assert found[name] == [200, "daisy"], name
    for name in ("a text", "a web page", "nothing", "half a picture", "8 x 8 pixels", "a TIFF"):
        assert found[name] == [422], name
    assert found["a bomb"] == found["six megabytes"] == [413]
    assert found["16 by 16"] == found["a strip"] == 200
    assert found["a text/plain"] == 415 and found["top 11"] == 422 and found["top 1"] == 1
    assert found["full"] == 429 and found["not a number"] == 500 and found["late"] == 504
    assert run(folder, REFUSED).splitlines() == [
        "prepare.pt2 is not the file that was built",
        "preprocessing: transparency is 'black' here, and was 'white' at build",
    ]
