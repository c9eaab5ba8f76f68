"""Ratings in MovieLens' own formats, sorted by time.

Point `load` at the folder of your copy: it knows ml-1m (`ratings.dat`,
`movies.dat`, `users.dat`, fields split by `::`) and ml-latest and its
relatives (`ratings.csv`, `movies.csv`).
"""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

DAY = 86_400  # seconds
LIKED = 4.0  # a rating from here on is a like


class BadRatings(Exception):
    """These files cannot be used; the message names file and reason."""


@dataclass(frozen=True)
class Movie:
    title: str
    year: int  # 0 where the title has none
    genres: tuple[str, ...]


@dataclass(frozen=True)
class Person:
    gender: str
    age: str
    occupation: str


@dataclass(frozen=True)
class Ratings:
    """Row n: `users[n]` rated `items[n]` at `times[n]`, in order of time."""

    users: np.ndarray  # int64, as in the file
    items: np.ndarray  # int64, as in the file
    stars: np.ndarray  # float32
    times: np.ndarray  # int64, seconds since 1970
    movies: dict[int, Movie]
    people: dict[int, Person]  # empty where there is no users.dat

    def __len__(self) -> int:
        return len(self.times)

    @property
    def liked(self) -> np.ndarray:
        return self.stars >= LIKED

    def part(self, chosen: np.ndarray | slice) -> "Ratings":
        rows = (self.users, self.items, self.stars, self.times)
        return Ratings(*(r[chosen] for r in rows), self.movies, self.people)

    def split(self, time: float) -> tuple["Ratings", "Ratings"]:
        """What is known at `time`, and what comes after."""
        row = int(np.searchsorted(self.times, time))
        return self.part(slice(row)), self.part(slice(row, None))


def load(folder: Path) -> Ratings:
    """Read a copy of MovieLens.

    Raises:
        BadRatings: a file is missing, a row is broken, a rating is no
            rating, a movie is unknown.
    """
    form = ".dat" if (folder / "ratings.dat").exists() else ".csv"
    rows = read(folder / f"ratings{form}")
    try:
        table = np.array(rows, dtype=np.float64).reshape(-1, 4)
    except ValueError as error:
        raise BadRatings(f"ratings{form}: {error}") from None
    stars = table[:, 2]
    if not len(table) or not ((stars >= 0.5) & (stars <= 5)).all():
        raise BadRatings(f"ratings{form}: no ratings from 0.5 to 5")
    movies = {}
    for number, title, genres in read(folder / f"movies{form}"):
        year = re.search(r"\((\d{4})\)\s*$", title)
        kinds = () if genres.startswith("(no") else tuple(genres.split("|"))
        movies[int(number)] = Movie(title, int(year[1]) if year else 0, kinds)
    people = {}
    if (folder / "users.dat").exists():
        for number, *person, _ in read(folder / "users.dat"):
            people[int(number)] = Person(*person)
    if unknown := set(table[:, 1].astype(int).tolist()) - movies.keys():
        raise BadRatings(f"movies{form} lacks movie {min(unknown)}")
    table = table[np.argsort(table[:, 3], kind="stable")]
    users, items, times = table[:, [0, 1, 3]].astype(np.int64).T
    return Ratings(
        users, items, table[:, 2].astype(np.float32), times, movies, people
    )


def read(path: Path) -> list[list[str]]:
    """The rows of a file, all with the same number of fields."""
    try:
        if path.suffix == ".csv":
            with path.open(encoding="utf-8", newline="") as file:
                rows = list(csv.reader(file))[1:]
        else:
            lines = path.read_text("latin-1").splitlines()
            rows = [line.split("::") for line in lines]
    except FileNotFoundError:
        raise BadRatings(f"there is no {path}") from None
    for number, row in enumerate(rows, 1 + (path.suffix == ".csv")):
        if len(row) != len(rows[0]):
            raise BadRatings(
                f"{path.name}:{number}: {len(row)} fields, "
                f"and {len(rows[0])} in the first row"
            )
    return rows
