"""The recommendation scenario: its loader, its features, its int8 tables,
and its service when things go wrong.
"""

from __future__ import annotations

import itertools
import json
import shutil
from pathlib import Path

import pytest

from fenceproof.project import find_project
from fenceproof.reader import load_page
from tests.programs import run

PROJECT = find_project(Path(__file__))
BUILD = """
import torch, planted, build_recommender
planted.PEOPLE, planted.MOVIES = 120, 80
build_recommender.evaluate = lambda *given: {"popular": 0.1, "retrieval": 0.2, "both": 0.3}
build_recommender.build(None, build_recommender.Path("artefact"), 30, "1.0.0")
"""
SERVE = """
import asyncio, json, threading, time
import numpy as np
from fastapi.testclient import TestClient
from recommendation_server import Budget, create_app

found = {}


def app(**settings):
    made = create_app(Budget(**({"deadline_s": 300} | settings)))
    client = TestClient(made)
    client.__enter__()
    while client.get("/readyz").status_code != 200:
        time.sleep(0.05)
    return made.state.service, client


def ask(client, **given):
    answer = client.post("/v1/recommend", json=given)
    return answer.status_code, answer.json()


service, client = app()
known = next(iter(service.recommender.seen))
ids = service.recommender.state.ids.tolist()
seen = {ids[n] for n in service.recommender.seen[known]}
status, body = ask(client, user=known, top=50)
found["personal"] = [status, body["because"]]
found["seen again"] = len(seen & {m["movie"] for m in body["movies"]})
found["sorted"] = [m["match"] + float(np.log(m["like"])) for m in body["movies"]]
status, body = ask(client, user=known, top=50, without=ids[:75])
found["few left"] = [status, body["because"], len(body["movies"]) <= 5]
status, body = ask(client, user=known, top=5, without=ids)
found["none left"] = [status, body["because"], body["movies"]]
found["stranger"] = [ask(client, user=999_999)[1]["because"]]
found["wrong"] = [ask(client, **given)[0] for given in (
    {}, {"user": None}, {"user": 2**31}, {"user": 1, "top": 51},
    {"user": 1, "without": [1] * 501}, {"user": True})]


def fails(question):
    raise RuntimeError("weights are gone")


def not_a_number(question):
    return np.full((1, 3), np.nan)


answered = threading.Event()


def slow(question):
    answered.wait()
    return np.zeros((1, 3))


for name, method in (("raises", fails), ("nan", not_a_number)):
    service.recommender.personal = method
    status, body = ask(client, user=known, top=3)
    found[name] = [status, body["because"], len(body["movies"])]
client.__exit__(None, None, None)

service, client = app(deadline_s=0.2)
service.recommender.personal = slow
status, body = ask(client, user=known, top=3)  # comes although the model does not
answered.set()
found["late"] = [status, body["because"], len(body["movies"])]
client.__exit__(None, None, None)

service, client = app(api_keys={"shop": "sesame"})
found["no key"] = ask(client, user=known)[0]
service.batcher._inside = service.batcher._max_queue
client.headers["Authorization"] = "Bearer sesame"
found["full"] = ask(client, user=known)[1]["because"]
service.batcher._inside = 0
client.__exit__(None, None, None)
print(json.dumps(found))
"""
PARTS = """
import json
import numpy as np, torch
from torch import nn
from pathlib import Path
import planted
from features import State, replay, Vocabulary
from int8_tables import Int8Bag, convert
from ratings import load
from search import as_queries, build_index

planted.PEOPLE, planted.MOVIES = 60, 50
planted.write(Path("small"))
ratings = load(Path("small"))


def columns(ratings):
    return zip(ratings.users, ratings.items, ratings.stars, ratings.times)


rows = [(u, i, s, t) for u, i, s, t in columns(ratings)]
csv = Path("latest")
csv.mkdir()
csv.joinpath("ratings.csv").write_text("userId,movieId,rating,timestamp\\n" + "".join(
    f"{u},{i},{s},{t}\\n" for u, i, s, t in rows[::-1]))
csv.joinpath("movies.csv").write_text("movieId,title,genres\\n" + "".join(
    f'{k},"{m.title}",{"|".join(m.genres) or "(no genres listed)"}\\n'
    for k, m in ratings.movies.items()))
again = load(csv)
same = sorted(rows) == sorted(columns(again)) and again.movies == ratings.movies
found = {"formats agree": same}
past, test = ratings.split(ratings.times[len(ratings) // 2])
whole, halves = State(past), State(past)
one = replay(whole, ratings)
replay(halves, past)
two = replay(halves, test)
found["no look ahead"] = bool(
    np.array_equal(one.history[-len(test):], two.history)
    and np.array_equal(one.item_numbers[-len(test):], two.item_numbers)
)
words = Vocabulary(["a", "b"])
found["rows"] = [words.row("a"), words.row("b"), 2 <= words.row("c") < len(words), len(words)]
torch.manual_seed(0)
gaps = []
for mode, padding in (("sum", None), ("mean", None), ("mean", 9), ("sum", 9)):
    bag = nn.EmbeddingBag(10, 16, mode=mode, padding_idx=padding)
    bags = torch.tensor([[1, 2, 9, 9], [9, 9, 9, 9], [3, 3, 4, 5]])
    gaps.append(float((Int8Bag(bag)(bags) - bag(bags)).abs().max()))
found["int8"] = max(gaps)
try:
    Int8Bag(nn.EmbeddingBag(10, 16, mode="max"))
except ValueError as error:
    found["max"] = str(error)
vectors = np.random.default_rng(0).normal(size=(300, 9)).astype(np.float32)
index = build_index(vectors)
index.set_ef(300)
near, _ = index.knn_query(as_queries(vectors[:20]), k=5)
found["search"] = np.array_equal(near, np.argsort(-vectors[:20] @ vectors.T, axis=1)[:, :5])
print(json.dumps(found))
"""
pytestmark = pytest.mark.xdist_group("recommendation")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All files of the scenario, and an artefact of a small catalogue."""
    made = tmp_path_factory.mktemp("recommendation")
    for name in ("recommendation-tables", "recommendation-service"):
        load_page(PROJECT.docs / f"scenarios/{name}.md", PROJECT).copy_to(made, own=True)
    run(made, BUILD)
    return made


def test_the_service_degrades_and_says_so(folder: Path) -> None:
    found = json.loads(run(folder, SERVE).splitlines()[-1])
    assert found["personal"] == [200, "personal"] and found["seen again"] == 0
    scores = found["sorted"]
    assert all(a >= b - 0.1 for a, b in itertools.pairwise(scores))  # match and like are rounded
    assert found["few left"] == [200, "personal", True] and found["none left"] == [
        200,
        "personal",
        [],
    ]
    assert found["stranger"] == ["stranger"] and found["wrong"] == [422] * 6
    assert found["raises"] == found["nan"] == [200, "failed", 3]
    assert found["late"] == [200, "late", 3]
    assert found["no key"] == 401 and found["full"] == "full"


def test_loader_features_tables_and_search(folder: Path) -> None:
    found = json.loads(run(folder, PARTS).splitlines()[-1])
    assert found["formats agree"] and found["no look ahead"] and found["search"]
    assert found["rows"] == [0, 1, True, 10]
    assert found["int8"] < 0.05 and "no int8 bag for mode max" in found["max"]


def test_what_belongs_to_another_build_is_refused(folder: Path, tmp_path: Path) -> None:
    names = ["index.hnsw", "user.pt2", "ranker.pt2", "events.npz", "vectors.npy"]
    for name in names:
        with (shutil.copytree(folder / "artefact", tmp_path / name) / name).open("ab") as file:
            file.write(b"x")
    program = f"""
from pathlib import Path
from artefact import Refused, verify
from recommender import PREPROCESSING

def refusal(folder, preprocessing=PREPROCESSING):
    try:
        verify(folder, preprocessing)
    except Refused as refused:
        return str(refused)

print(refusal(Path("artefact")))
for name in {names}:
    print(refusal(Path({str(tmp_path)!r}) / name))
print(refusal(Path("artefact"), PREPROCESSING | {{"features": "history 50"}}))
"""
    unchanged, *files, features = run(folder, program).splitlines()
    assert unchanged == "None"
    assert files == [f"{name} is not the file that was built" for name in names]
    assert features.startswith("preprocessing: features is 'history 50' here, and was 'history 20")
