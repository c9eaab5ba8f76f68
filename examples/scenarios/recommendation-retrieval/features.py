"""What the models know of people and movies at one moment.

One `State` serves training, evaluation and the service: it answers with
features, and then observes what happened. It cannot see the future.
"""

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from ratings import DAY, LIKED, Ratings

HISTORY = 20  # movies that somebody liked last
GENRES = 3  # at most, of one movie
BUCKETS = 8  # rows that unknown ids share
HALF_LIFE = 30 * DAY
VERSION = "history 20, genres 3, buckets 8, half-life 30 days"


class Vocabulary:
    """Ids to rows of a table: known ones first, then `BUCKETS` to share."""

    def __init__(self, known: Iterable[int | str]) -> None:
        self.rows = {key: n for n, key in enumerate(sorted(set(known)))}

    def __len__(self) -> int:
        return len(self.rows) + BUCKETS

    def bucket(self, key: int | str) -> int:
        """The same in every process, which Python's `hash` is not."""
        text = str(key).encode()
        return len(self.rows) + int.from_bytes(text, "big") % 251 % BUCKETS

    def row(self, key: int | str) -> int:
        found = self.rows.get(key)
        return self.bucket(key) if found is None else found


@dataclass
class Person:
    """What one person did so far."""

    count: int = 0
    liked: int = 0
    history: deque[int] = field(default_factory=lambda: deque([], HISTORY))


class State:
    """Features as they are now; `observe` moves time on."""

    def __init__(self, train: Ratings) -> None:
        movies, self.people = train.movies, train.people
        self.ids = np.array(sorted(movies))  # position -> id
        self.position = {int(key): n for n, key in enumerate(self.ids)}
        self.users = Vocabulary(np.unique(train.users).tolist())
        self.items = Vocabulary(np.unique(train.items).tolist())
        kinds = {kind for movie in movies.values() for kind in movie.genres}
        self.genres = Vocabulary(kinds)
        self.item_rows = np.array([self.items.row(int(i)) for i in self.ids])
        self.genre_rows = np.full((len(movies), GENRES), len(self.genres))
        for n, key in enumerate(self.ids):
            rows = [self.genres.row(k) for k in movies[int(key)].genres]
            self.genre_rows[n, : len(rows)] = rows[:GENRES]
        self.heat = np.zeros(len(movies))  # ratings, halved every 30 days
        self.heat_at = np.zeros(len(movies))
        self.count = np.zeros(len(movies))
        self.liked = np.zeros(len(movies))
        self.person: dict[int, Person] = defaultdict(Person)

    def user(self, user: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Row [1], rows of movies liked last [HISTORY], numbers [2]."""
        person = self.person.get(user) or Person()
        history = np.full(HISTORY, len(self.items))  # the padding row
        history[: len(person.history)] = person.history
        rate = (person.liked + 2.5) / (person.count + 5)
        numbers = np.array([4 * rate - 2, np.log1p(person.count) - 3])
        row = np.array([self.users.row(user)])
        return row, history, numbers.astype(np.float32)

    def item_numbers(self, items: np.ndarray, time: float) -> np.ndarray:
        """Popularity now, popularity ever, share of likes: [items, 3]."""
        age = time - self.heat_at[items]
        heat = self.heat[items] * 0.5 ** (age / HALF_LIFE)
        rate = (self.liked[items] + 2.5) / (self.count[items] + 5)
        ever = np.log1p(self.count[items]) - 3
        numbers = [np.log1p(heat) - 1.5, ever, 4 * rate - 2]
        return np.array(numbers, np.float32).T

    def observe(self, user: int, item: int, stars: float, time: float) -> None:
        """`item` is a position, not an id."""
        age = time - self.heat_at[item]
        self.heat[item] = 1 + self.heat[item] * 0.5 ** (age / HALF_LIFE)
        self.heat_at[item] = time
        self.count[item] += 1
        person = self.person[user]
        person.count += 1
        if stars >= LIKED:
            self.liked[item] += 1
            person.liked += 1
            person.history.appendleft(int(self.item_rows[item]))


@dataclass(frozen=True)
class Table:
    """One row for each rating: what was known just before it."""

    user: np.ndarray  # int64 [n, 1]
    history: np.ndarray  # int64 [n, HISTORY]
    user_numbers: np.ndarray  # float32 [n, 2]
    item: np.ndarray  # int64 [n] position
    item_numbers: np.ndarray  # float32 [n, 3]
    liked: np.ndarray  # bool [n]
    week: np.ndarray  # int64 [n], an index into weeks
    weeks: np.ndarray  # float32 [weeks, movies, 3]: item_numbers of all


def replay(state: State, ratings: Ratings) -> Table:
    """Live through ratings: ask for features first, then observe."""
    everything = np.arange(len(state.ids))
    items = np.array([state.position[i] for i in ratings.items.tolist()])
    week = (ratings.times - ratings.times[0]) // (7 * DAY)
    rows, weeks = [], []
    columns = (ratings.users, items, ratings.stars, ratings.times, week)
    events = zip(*(column.tolist() for column in columns))
    for user, item, stars, time, number in events:
        while len(weeks) <= number:
            weeks.append(state.item_numbers(everything, time))
        rows.append((*state.user(user), state.item_numbers(item, time)))
        state.observe(user, item, stars, time)
    user, history, user_numbers, item_numbers = (
        np.array(column) for column in zip(*rows)
    )
    return Table(
        user, history, user_numbers, items, item_numbers,
        ratings.liked, week, np.stack(weeks),
    )  # fmt: skip
