"""The loader of ratings reads both of MovieLens' formats alike."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import planted
import pytest
from ratings import load

pytestmark = pytest.mark.work_folder


def rows(ratings: Any) -> Iterator[tuple[Any, ...]]:
    return zip(ratings.users, ratings.items, ratings.stars, ratings.times, strict=True)


def write_csv(ratings: Any, folder: Path) -> None:
    """The same ratings in the format of ml-latest, the last one first."""
    lines = [f"{user},{item},{stars},{time}" for user, item, stars, time in rows(ratings)]
    header = "userId,movieId,rating,timestamp"
    (folder / "ratings.csv").write_text("\n".join([header, *lines[::-1]]) + "\n")
    movies = [
        f'{key},"{movie.title}",{"|".join(movie.genres) or "(no genres listed)"}'
        for key, movie in ratings.movies.items()
    ]
    (folder / "movies.csv").write_text("\n".join(["movieId,title,genres", *movies]) + "\n")


def test_both_formats_give_the_same_ratings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planted, "PEOPLE", 60)
    monkeypatch.setattr(planted, "MOVIES", 50)
    planted.write(tmp_path / "old")
    old = load(tmp_path / "old")
    (tmp_path / "new").mkdir()
    write_csv(old, tmp_path / "new")
    new = load(tmp_path / "new")
    assert sorted(rows(new)) == sorted(rows(old))
    assert new.movies == old.movies
