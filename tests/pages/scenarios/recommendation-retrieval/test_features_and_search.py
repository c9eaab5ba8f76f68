"""Features know nothing of the future, and the index finds the largest inner products."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import planted
import pytest
from features import State, Vocabulary, replay
from ratings import load
from search import as_queries, build_index

pytestmark = pytest.mark.work_folder


def test_features_of_a_moment_do_not_depend_on_what_follows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planted, "PEOPLE", 60)
    monkeypatch.setattr(planted, "MOVIES", 50)
    planted.write(tmp_path / "small")
    ratings = load(tmp_path / "small")
    past, test = ratings.split(ratings.times[len(ratings) // 2])
    at_once = replay(State(past), ratings)
    state = State(past)
    replay(state, past)
    afterwards = replay(state, test)
    assert np.array_equal(at_once.history[-len(test) :], afterwards.history)
    assert np.array_equal(at_once.item_numbers[-len(test) :], afterwards.item_numbers)


def test_known_words_have_rows_and_others_share_the_last_ones() -> None:
    words = Vocabulary(["a", "b"])
    assert [words.row("a"), words.row("b"), len(words)] == [0, 1, 10]
    assert 2 <= words.row("c") < len(words)


def test_index_finds_the_largest_inner_products() -> None:
    vectors = np.random.default_rng(0).normal(size=(300, 9)).astype(np.float32)
    index = build_index(vectors)
    index.set_ef(300)
    near, _ = index.knn_query(as_queries(vectors[:20]), k=5)
    exact = np.argsort(-vectors[:20] @ vectors.T, axis=1)[:, :5]
    assert np.array_equal(near, exact)
