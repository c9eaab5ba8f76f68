"""Time-ordered replay: who liked what next, and had we ranked it high?"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy import ndarray

from ratings import Ratings

Score = Callable[[int], ndarray]  # row of the test set -> scores [movies]


def pasts(past: Ratings, test: Ratings) -> Iterator[tuple[int, list[int]]]:
    """Each row of the test set that was liked, and what was seen before."""
    seen: dict[int, list[int]] = {}
    for user, item in zip(past.users.tolist(), past.items.tolist()):
        seen.setdefault(user, []).append(item)
    liked = test.liked.tolist()
    for row, user in enumerate(test.users.tolist()):
        known = seen.setdefault(user, [])
        if liked[row]:
            yield row, known
        known.append(int(test.items[row]))


def ranks(score: Score, past: Ratings, test: Ratings) -> ndarray:
    """The rank, from 1, of each liked movie among those not yet seen."""
    position = {key: n for n, key in enumerate(sorted(past.movies))}
    found = []
    for row, seen in pasts(past, test):
        scores = score(row).astype(np.float64)
        scores[[position[item] for item in seen]] = -np.inf
        own = scores[position[int(test.items[row])]]
        ties = (scores == own).sum() - 1  # count as half: no luck
        found.append(1 + (scores > own).sum() + ties / 2)
    return np.array(found)


def recall(ranks: ndarray, k: int) -> float:
    """How often the movie was among the first k."""
    return float((ranks <= k).mean())


def ndcg(ranks: ndarray, k: int) -> float:
    """Normalized discounted cumulative gain, with one relevant movie.

    https://doi.org/10.1145/582415.582418
    """
    gain = 1 / np.log2(1 + ranks)
    return float(np.where(ranks <= k, gain, 0).mean())
