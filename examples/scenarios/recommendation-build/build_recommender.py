"""Ratings in, a checked artifact out.

python build_recommender.py [--ratings ml-1m] [--folder artifact] [--days 30]

The last days are held out. Without `--ratings`, planted ones are made.
"""

import argparse
import json
import shutil
from dataclasses import astuple
from pathlib import Path

import numpy as np
import torch

import artifact
import planted
from evaluation import ranks, recall
from features import GENRES, HISTORY, State, Table, replay
from ranker import Ranker, inputs, train_ranker
from ratings import DAY, Ratings, load
from recommender import CANDIDATES, PREPROCESSING, Question, Recommender
from search import build_index
from towers import TwoTowers, item_vectors, train_towers

MAX_ABS = 1e-3


def evaluate(
    towers: TwoTowers,
    ranker: Ranker,
    state: State,
    later: Table,
    past: Ratings,
    test: Ratings,
) -> dict[str, float]:
    """Recall@10 in time-ordered replay: popularity, one stage, two."""
    with torch.inference_mode():
        columns = (later.user, later.history, later.user_numbers)
        people = towers.user(*map(torch.from_numpy, columns)).numpy()
        movies = [item_vectors(towers, state, w).numpy() for w in later.weeks]

    def popular(row: int) -> np.ndarray:
        return later.weeks[later.week[row]][:, 0]

    def retrieval(row: int) -> np.ndarray:
        return movies[later.week[row]] @ people[row]

    def both(row: int) -> np.ndarray:
        user = inputs(state, later, np.array([row]))[:3]
        with torch.inference_mode():
            odds = ranker(
                *user,
                torch.from_numpy(state.item_rows)[:, None],
                torch.from_numpy(state.genre_rows),
                torch.from_numpy(later.weeks[later.week[row]]),
            )
        return retrieval(row) + odds.sigmoid().log().numpy()

    return {
        score.__name__: recall(ranks(score, past, test), 10)
        for score in (popular, retrieval, both)
    }


def build(
    ratings: Path | None, folder: Path, days: int, version: str
) -> artifact.Manifest:
    if ratings is None:
        ratings = Path("ml-planted")
        planted.write(ratings)
    everything = load(ratings)
    past, test = everything.split(everything.times[-1] - days * DAY)
    torch.set_num_threads(1)  # these models are too small to share
    state = State(past)
    table = replay(state, past)
    now = state.item_numbers(np.arange(len(state.ids)), float(past.times[-1]))
    towers, _ = train_towers(state, table)
    ranker, _ = train_ranker(state, table)
    with torch.inference_mode():
        vectors = item_vectors(towers, state, now).numpy()

    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    some = np.arange(CANDIDATES)
    example = inputs(state, table, some)
    user = [tensor[:1] for tensor in example[:3]]
    size = torch.export.Dim("candidates", min=1, max=CANDIDATES)
    torch.export.save(
        torch.export.export(towers.user, tuple(user)), folder / "user.pt2"
    )
    torch.export.save(
        torch.export.export(
            ranker,
            (*user, *example[3:]),
            dynamic_shapes=(None, None, None, *[{0: size}] * 3),
        ),
        folder / "ranker.pt2",
    )
    np.save(folder / "vectors.npy", vectors)
    build_index(vectors).save_index(str(folder / "index.hnsw"))
    np.savez(
        folder / "events.npz",
        users=past.users, items=past.items,
        stars=past.stars, times=past.times,
    )  # fmt: skip
    movies = {key: astuple(movie) for key, movie in past.movies.items()}
    (folder / "movies.json").write_text(json.dumps(movies))

    who = Question(int(past.users[-1]), 10)
    answer = Recommender(folder).personal(who)
    golden = {"user": who.user, "answer": answer.tolist()}
    (folder / "golden.json").write_text(json.dumps(golden))

    found = evaluate(towers, ranker, state, replay(state, test), past, test)
    for name, value in found.items():
        print(f"recall@10 {name:9} {value:.2f}")
    if not found["both"] > found["retrieval"] > found["popular"]:
        raise SystemExit("not built: a stage is worth nothing")
    return artifact.write(folder, {
        "manifest_version": 1,
        "name": "recommender",
        "version": version,
        "task": "recommendation",
        "model": "two towers and a ranker",
        "inputs": [
            {"name": "user", "dtype": "int64", "shape": ("batch", 1)},
            {"name": "history", "dtype": "int64", "shape": ("batch", HISTORY)},
            {"name": "item", "dtype": "int64", "shape": ("batch", 1)},
            {"name": "genres", "dtype": "int64", "shape": ("batch", GENRES)},
        ],
        "outputs": [
            {"name": "like", "dtype": "float32", "shape": ("batch",)}
        ],
        "preprocessing": PREPROCESSING,
        "export": {
            "format": "torch.export",
            "torch": torch.__version__.partition("+")[0],
            "min_batch": 1,
            "max_batch": CANDIDATES,
        },
        "accuracy": [
            {
                "metric": f"recall@10, {name}",
                "data": f"{test.liked.sum()} likes of the last {days} days",
                "value": value,
            }
            for name, value in found.items()
        ],
        "tolerances": {"max_abs": MAX_ABS, "decision_flips": 0.0},
    })  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ratings", type=Path, help="your copy of MovieLens")
    parser.add_argument("--folder", type=Path, default="artifact")
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--version", default="1.0.0")
    made = build(**vars(parser.parse_args()))
    print(f"{made.name} {made.version}, {len(made.files)} files")
