"""Retrieval, ranking and the reserve, from the files of one artifact."""

import json
from dataclasses import dataclass
from pathlib import Path

import hnswlib
import numpy as np
import torch

from artifact import Refused
from features import VERSION, State
from ratings import Movie, Ratings
from search import as_queries

CANDIDATES = 100
PREPROCESSING = {
    "features": VERSION,
    "candidates": CANDIDATES,
    "score": "match + log like",
}


@dataclass(frozen=True)
class Question:
    """What should this person watch next?"""

    user: int
    top: int
    without: tuple[int, ...] = ()  # ids that must not be proposed


class Recommender:
    """Answers are float64 [top, 3]: position, match and like of a movie."""

    def __init__(self, folder: Path) -> None:
        movies = json.loads((folder / "movies.json").read_text())
        self.movies = {int(key): Movie(*m) for key, m in movies.items()}
        log = np.load(folder / "events.npz", allow_pickle=False)
        events = Ratings(**log, movies=self.movies, people={})
        self.now = float(events.times[-1])  # the moment of the index
        self.state = State(events)
        self.seen: dict[int, set[int]] = {}
        columns = (events.users, events.items, events.stars, events.times)
        for user, item, stars, time in zip(*(c.tolist() for c in columns)):
            position = self.state.position[item]
            self.state.observe(user, position, stars, time)
            self.seen.setdefault(user, set()).add(position)
        self.numbers = self.state.item_numbers(
            np.arange(len(self.movies)), self.now
        )
        self.popular = np.argsort(-self.numbers[:, 0], kind="stable")
        self.user = torch.export.load(folder / "user.pt2").module()
        self.ranker = torch.export.load(folder / "ranker.pt2").module()
        self.vectors = np.load(folder / "vectors.npy", allow_pickle=False)
        self.index = hnswlib.Index("l2", self.vectors.shape[1] + 1)
        self.index.load_index(str(folder / "index.hnsw"))
        self.index.set_num_threads(1)
        if self.index.get_current_count() != len(self.movies):
            raise Refused("index.hnsw is of another catalogue")

    def excluded(self, question: Question) -> set[int]:
        known = self.state.position
        more = {known[i] for i in question.without if i in known}
        return self.seen.get(question.user, set()) | more

    def knows(self, user: int) -> bool:
        return user in self.seen

    def reserve(self, question: Question) -> np.ndarray:
        """What is popular now: needs no model, and cannot fail."""
        out = self.excluded(question)
        kept = [n for n in self.popular.tolist() if n not in out]
        return np.array([(n, 0, 0) for n in kept[: question.top]]).reshape(
            -1, 3
        )

    def personal(self, question: Question) -> np.ndarray:
        """Near in the space of the towers, then in the ranker's order."""
        user = [torch.from_numpy(x) for x in self.state.user(question.user)]
        user = [x[None] for x in user]
        out = self.excluded(question)
        with torch.inference_mode():
            vector = self.user(*user).numpy()
            count = min(CANDIDATES + len(out), len(self.movies))
            self.index.set_ef(max(200, count))
            near, _ = self.index.knn_query(as_queries(vector), k=count)
            kept = [n for n in near[0].tolist() if n not in out]
            if not kept:
                return np.empty((0, 3))
            items = np.array(kept[:CANDIDATES])
            odds = self.ranker(
                *user,
                torch.from_numpy(self.state.item_rows[items])[:, None],
                torch.from_numpy(self.state.genre_rows[items]),
                torch.from_numpy(self.numbers[items]),
            )
        like = odds.sigmoid().double().numpy()
        match = (self.vectors[items] @ vector[0]).astype(np.float64)
        best = np.argsort(-(match + np.log(like)), kind="stable")
        best = best[: question.top]
        return np.column_stack([items[best], match[best], like[best]])
