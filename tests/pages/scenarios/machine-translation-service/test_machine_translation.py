"""The translation scenario: its data, its cache, its weights,
and its service when things go wrong.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from fenceproof.project import find_project
from fenceproof.reader import load_page
from tests.programs import run

PROJECT = find_project(Path(__file__))
ROOT = PROJECT.root
DATA = Path(os.environ.get("HANDBOOK_DATA", ROOT / "data"))
PARTS = """
import json, re, struct
from pathlib import Path
import torch
from catalogues import CHINESE, Pair, load_pairs, messages, part, usable
from decoding import Greedy, beam_search, loops, translate
from subwords import END, PAD, START, mask, unmask
from translator import Config, Translator, pad
from weights import load

torch.set_num_threads(1)
found = {}
texts = [
    b"", b"Content-Type: text/plain\\n", b"ctx\\x04Save", "\u4fdd\u5b58".encode(),
    b"%d page\\0%d pages", "%d \u9875".encode(),
]
table, at, heap = [], 28 + 6 * 8, b""
for text in texts:
    table.append(struct.pack("<2I", len(text), at + len(heap)))
    heap += text + b"\\0"
mo = struct.pack("<7I", 0x950412DE, 0, 3, 28, 28 + 24, 0, 0)
mo += b"".join(table[0::2] + table[1::2]) + heap
found["mo"] = messages(mo)
try:
    messages(b"msgid")
except ValueError as error:
    found["not mo"] = str(error)
found["usable"] = [usable(*pair) for pair in (
    ("Save", "\u4fdd\u5b58"), ("Save", "Save"), ("Save\\nas", "\u4fdd\u5b58"),
    ("Save", "\u4fdd\u5b58 %(name)s"), ("%s", "\u7b2c %s"), ("S" * 161, "\u4fdd"))]
same = part("Delete page?") == part("delete  PAGE %d")
found["same part"] = same and part("Save") in ("train", "valid", "test")
parts = load_pairs(Path("weights/pairs.json"))
words = {
    name: {" ".join(re.findall("[a-z]+", p.english.lower())) for p in pairs}
    for name, pairs in parts.items()
}
found["leak"] = len(words["train"] & words["test"]) + len(words["train"] & words["valid"])
found["many"] = mask(" ".join("{%d}" % n for n in range(10)))[0]
found["twice"] = mask("%s and %s")
found["not there"] = unmask("<0> <7>", ["%s"])
found["other holder"] = mask("%s {x}", ["%s"])[0]
found["loops"] = [
    loops(pieces)
    for pieces in ([1, 2, 3], [9, 1, 1, 1, 1], [1, 2, 3, 4] * 4, [1, 2, 3, 4, 5] * 4)
]

torch.manual_seed(0)
model = Translator(Config(50, width=24, heads=2, layers=2, inner=32, longest=12)).eval()
rows = [[11, 12, 13, 2], [14, 2], [15, 16, 17, 18, 19, 2]]
target = torch.tensor([[START, 21, 22, 23, 24]])
with torch.inference_mode():
    source = pad(rows)
    cross = model.encode(source)
    alone = [model.encode(torch.tensor([row])) for row in rows]
    wide = target.expand(3, -1)
    together, _ = model.decode(wide, source, cross, model.nothing(3))
    gaps = []
    for row, one, among in zip(rows, alone, together):
        scores, _ = model.decode(target, torch.tensor([row]), one, model.nothing(1))
        gaps.append(float((scores - among).abs().max()))
    found["padding"] = max(gaps)
    past, steps = model.nothing(3), []
    for n in range(5):
        scores, past = model.decode(wide[:, n : n + 1], source, cross, past)
        steps.append(scores)
    found["cache"] = float((torch.cat(steps, 1) - together).abs().max())
    other = wide.clone()
    other[:, 3:] = 30
    changed, _ = model.decode(other, source, cross, model.nothing(3))
    before = torch.equal(changed[:, :3], together[:, :3])
    found["causal"] = bool(before) and not torch.equal(changed[:, 3], together[:, 3])
greedy = Greedy(model, source, 12)
greedy.done[1] = True
greedy.run()
found["stopped row"] = [greedy.pieces[1], greedy.why[1], all(greedy.pieces[n] for n in (0, 2))]
one = Greedy(model, source[2:], 12).run()[0]
width1 = beam_search(model, source[2:], len(one), width=1)[0]
found["beam of one"] = width1 == one

model, subwords, manifest = load(Path("weights"))
asked = [p.english for p in parts["test"][:24]]
together = translate(model, subwords, asked)
found["batch"] = sum(a != translate(model, subwords, [b])[0] for a, b in zip(together, asked))
found["better"] = manifest["test"]["bleu"] > 25 and manifest["test"]["kept"] > 60
print(json.dumps(found))
"""
SERVE = """
import asyncio, json, threading, time
from fastapi.testclient import TestClient
from settings import Settings
from subwords import END
from translation_server import Job, TranslationService, create_app

found = {}


def app(**settings):
    settings = Settings(**({"deadline_s": 600, "threads": 1} | settings))
    made = create_app(TranslationService(settings))
    client = TestClient(made)
    client.__enter__()
    while client.get("/readyz").status_code != 200:
        time.sleep(0.05)
    return made.state.service, client


def ask(client, **given):
    answer = client.post("/v1/translate", json=given)
    return answer.status_code, answer.json()


def stream(client, text):
    answer = client.post("/v1/translate", json={"text": text, "stream": True})
    events = [block.split("data: ")[-1] for block in answer.text.split("\\n\\n") if block]
    return answer.status_code, answer.text.count("event: "), [json.loads(e) for e in events]


service, client = app()
text = "Delete %(count)s selected pages"
status, body = ask(client, text=text)
found["whole"] = [status, sorted(body), body["finish"], 0 < body["confidence"] <= 1]
status, named, events = stream(client, text)
same = "".join(e.get("text", "") for e in events) == body["text"]
found["stream"] = [status, named, same, events[-1]["pieces"] == body["pieces"]]
_, spaces = ask(client, text="  Delete   %(count)s selected pages ")
found["spaces"] = spaces["text"] == body["text"]
found["wrong"] = [ask(client, **given)[0] for given in (
    {}, {"text": None}, {"text": ""}, {"text": "   "}, {"text": "123 %s"},
    {"text": "\u5220\u9664"}, {"text": "a" * 501}, {"text": "zq" * 80},
    {"text": "Save", "stream": "maybe"}, {"text": "Save", "to": "fr"})]

heard = []
job = Job("x", [5, 2], [], tell=heard.append)
for said in (
    "\u5220", "\u5220\\ufffd", "\u5220\\ufffd\\ufffd",
    "\u5220\u9f49", "\u5220\u9f49", "\u5220\u9f49 a",
):
    job.hear(said)
found["heard"] = heard

decode = service.steps.decode
def loop(piece, source, cross, past):
    scores, past = decode(piece, source, cross, past)
    scores[..., 300] = 1e4
    return scores, past
service.steps.decode = loop
found["repetition"] = [ask(client, text="Save")[1][name] for name in ("finish", "pieces")]

turn = iter(range(10**6))
def no_end(piece, source, cross, past):
    scores, past = decode(piece, source, cross, past)
    scores[..., 300 + next(turn) % 50] = 1e4
    return scores, past
service.steps.decode = no_end
found["length"] = [ask(client, text="Save")[1][name] for name in ("finish", "pieces")]

def fails(*given):
    raise RuntimeError("weights are gone")
service.steps.decode = fails
found["fails"] = [ask(client, text="Save")[0], stream(client, "Save")[0]]

def late_failure(piece, source, cross, past):
    if past.shape[4] >= 3:
        raise RuntimeError("in the middle")
    return no_end(piece, source, cross, past)
service.steps.decode = late_failure
status, named, events = stream(client, "Save")
found["in the middle"] = [status, events[-1].get("cause")]

hung_up, step = threading.Event(), iter(range(10**6))
def waits(*given):
    if next(step) > 20:  # of 64: enough for a first part
        hung_up.wait()
    return no_end(*given)
service.steps.decode = waits
async def hangs_up():
    parts = service.parts(service.job("Delete all pages"))
    first = await anext(parts)
    await parts.aclose()
    hung_up.set()
    return bool(first)
found["first"] = client.portal.call(hangs_up)
sample = service.metrics.registry.get_sample_value
while not (stopped := sample("translations_total", {"finish": "stopped"})):
    time.sleep(0.05)
found["hung up"] = stopped
found["nobody inside"] = service.batcher.inside
service.steps.decode = decode
found["works again"] = ask(client, text=text)[1]["text"] == body["text"]
client.__exit__(None, None, None)

service, client = app(deadline_s=0.3)
decode = service.steps.decode
service.steps.decode = lambda *given: (time.sleep(0.2), no_end(*given))[1]
found["late"] = ask(client, text="Save")[0]
status, named, events = stream(client, "Save all of it")
found["late stream"] = [status, events[-1].get("cause")] if status == 200 else [status]
client.__exit__(None, None, None)

service, client = app(api_keys={"site": "sesame"}, max_queue=4)
found["no key"] = ask(client, text="Save")[0]
client.headers["Authorization"] = "Bearer sesame"
service.batcher._inside = 4
found["full"] = [ask(client, text="Save")[0], stream(client, "Save")[0]]
service.batcher._inside = 0
found["free"] = ask(client, text="Save")[0]
client.__exit__(None, None, None)
print(json.dumps(found))
"""
pytestmark = pytest.mark.xdist_group("translation")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All files of the scenario, and its artefact."""
    made = tmp_path_factory.mktemp("translation")
    load_page(PROJECT.docs / "scenarios/machine-translation-service.md", PROJECT).copy_to(
        made, own=True
    )
    run(
        made,
        (
            "import torch; torch.set_num_threads(1)\nfrom build_translator import *\n"
            "build(Path('weights'), Path('artefact'))"
        ),
    )
    return made


def test_data_cache_and_weights(folder: Path) -> None:
    found = json.loads(run(folder, PARTS))
    assert found["mo"] == {"": "Content-Type: text/plain\n", "Save": "保存", "%d page": "%d 页"}
    assert found["not mo"] == "not a compiled catalogue"
    assert found["usable"] == [True, False, False, False, False, False]
    assert found["same part"] and found["leak"] == 0
    assert found["many"] == "<0> <1> <2> <3> <4> <5> <6> <7> {8} {9}"
    assert found["twice"] == ["<0> and <0>", ["%s"]]
    assert found["not there"] == "%s "
    assert found["other holder"] == "<0> {x}"
    assert found["loops"] == [False, True, True, False]
    assert found["padding"] < 1e-5 and found["cache"] < 1e-5 and found["causal"]
    assert found["stopped row"] == [[], "stopped", True]
    assert found["beam of one"]
    assert found["batch"] == 0 and found["better"]


def test_the_service_when_things_go_wrong(folder: Path) -> None:
    found = json.loads(run(folder, SERVE).splitlines()[-1])
    names = ["confidence", "finish", "model", "pieces", "placeholders_kept", "text", "version"]
    assert found["whole"] == [200, names, "end", True]
    assert found["stream"] == [200, 1, True, True]
    assert found["spaces"]
    assert set(found["wrong"]) == {422}
    assert found["heard"] == ["删", "齉", " a"]
    assert found["repetition"] == ["repetition", 4]
    assert found["length"] == ["length", 64]
    assert found["fails"] == [500, 500]
    assert found["in the middle"] == [200, "model"]
    assert found["first"] and found["hung up"] == 1.0 and found["nobody inside"] == 0
    assert found["works again"]
    assert found["late"] == 504
    assert found["late stream"] in ([200, "deadline"], [504])
    assert found["no key"] == 401
    assert found["full"] == [429, 429] and found["free"] == 200


def test_changed_weights_are_refused(folder: Path, tmp_path: Path) -> None:
    names = ["model.safetensors", "tokenizer.json", "pairs.json", "NOTICE.md"]
    for name in names:
        path = shutil.copytree(folder / "weights", tmp_path / name) / name
        path.write_bytes(path.read_bytes()[:-1] + b"!")
    program = f"""
from weights import *
for name in {names}:
    try:
        load(Path({str(tmp_path)!r}) / name)
    except ValueError as error:
        print(error)
"""
    refusals = run(folder, program).splitlines()
    assert refusals == [f"{name} is not the file that was sealed" for name in names]


def test_another_vocabulary_is_refused_at_the_start(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder / "artefact", tmp_path / "artefact")
    path = tmp_path / "artefact" / "tokenizer.json"
    saved = json.loads(path.read_text("utf-8"))
    saved["model"]["merges"].reverse()
    path.write_text(json.dumps(saved), "utf-8")
    program = (
        "from build_translator import *\nfrom artefact import Refused\n"
        "from subwords import Subwords\n"
        f"folder = Path({str(tmp_path / 'artefact')!r})\n"
        "try: self_test(Exported(folder), Subwords.load(folder / 'tokenizer.json'), folder, 1e-3)\n"
        "except Refused as error: print(error)"
    )
    assert "the golden text has other source here" in run(folder, program)


@pytest.mark.skipif(
    not (DATA / "wagtail-8.0.1-py3-none-any.whl").is_file(),
    reason="needs the packages of `make data`",
)
def test_the_committed_pairs_are_those_of_the_packages(folder: Path) -> None:
    program = (
        "from catalogues import *\n"
        "print(json.dumps(read_packages(Path(os.environ['HANDBOOK_DATA']))))"
    )
    made = json.loads(run(folder, program, HANDBOOK_DATA=str(DATA)))
    assert made == json.loads((folder / "weights/pairs.json").read_text("utf-8"))
