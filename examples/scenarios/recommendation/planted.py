"""Ratings whose truth is known, in the format of MovieLens' ml-1m.

Nothing here is MovieLens' data. People and movies get vectors; somebody
picks movies by taste and popularity, and rates them by taste and quality.
Tastes drift, new movies are popular for a while, people come and go.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

START, DAYS, DAY = 978_300_000, 720, 86_400
PEOPLE, MOVIES, TASTES = 1000, 600, 6
GENRES = (
    "Action|Adventure|Animation|Comedy|Crime|Documentary|"
    "Drama|Fantasy|Musical|Romance|Sci-Fi|Thriller"
).split("|")


@dataclass(frozen=True)
class Planted:
    """The truth; `user` and `movie` are positions, `day` is since START."""

    taste: np.ndarray  # [people, TASTES] on the first day
    drift: np.ndarray  # [people, TASTES] over all days
    movie: np.ndarray  # [movies, TASTES]
    popularity: np.ndarray  # [movies]
    quality: np.ndarray  # [movies]
    kindness: np.ndarray  # [people]
    release: np.ndarray  # [movies] day
    ids: np.ndarray  # [movies] number in the files

    def match(self, user: int, day: float) -> np.ndarray:
        return self.movie @ (self.taste[user] + self.drift[user] * day / DAYS)

    def choice(self, user: int, day: float) -> np.ndarray:
        """Log-odds [movies] of being picked; -inf before the release."""
        age = day - self.release
        new = 2.0 * np.exp(-np.maximum(age, 0) / 40)
        odds = 1.1 * self.match(user, day) + self.popularity + new
        return np.where(age >= 0, odds, -np.inf)

    def stars(self, user: int, day: float) -> np.ndarray:
        """Expected stars [movies], before noise with a deviation of 0.8."""
        taste = 0.5 * self.match(user, day)
        return 2.9 + taste + self.quality + self.kindness[user]


def plant(seed: int) -> tuple[Planted, np.ndarray]:
    """The truth, and each movie's two genres."""
    rng = np.random.default_rng(seed)
    genre = rng.normal(0, 1, (len(GENRES), TASTES))
    kinds = rng.random((MOVIES, len(GENRES))).argsort(1)[:, :2]
    release = np.where(
        rng.random(MOVIES) < 0.55, 0, rng.uniform(0, DAYS, MOVIES)
    )
    trend = rng.normal(0, 0.9, TASTES)  # everybody drifts somewhat this way
    truth = Planted(
        taste=rng.normal(0, 0.75, (PEOPLE, TASTES)),
        drift=trend + rng.normal(0, 0.35, (PEOPLE, TASTES)),
        movie=genre[kinds].mean(1) + rng.normal(0, 0.45, (MOVIES, TASTES)),
        popularity=rng.normal(0, 1, MOVIES),
        quality=rng.normal(0, 0.8, MOVIES),
        kindness=rng.normal(0, 0.35, PEOPLE),
        release=np.sort(release),
        ids=np.sort(rng.choice(4000, MOVIES, replace=False) + 1),
    )
    return truth, kinds


def write(folder: Path, seed: int = 0) -> Planted:
    """Write ratings.dat, movies.dat and users.dat; return the truth."""
    truth, kinds = plant(seed)
    rng = np.random.default_rng(seed + 1)
    rows: list[tuple[int, int, int, int]] = []
    for user in range(PEOPLE):
        day, seen = rng.uniform(-DAYS / 3, DAYS), np.zeros(MOVIES, bool)
        for _ in range(1 + rng.geometric(0.12)):
            day += rng.exponential(35)
            if day >= DAYS:
                break
            if day < 0:
                continue
            odds = truth.choice(user, day) + rng.gumbel(size=MOVIES)
            odds[seen] = -np.inf  # Gumbel noise: a draw without replacement
            picked = np.argsort(-odds)[: 4 + rng.geometric(0.12)]
            seen[picked] = True
            noise = rng.normal(0, 0.8, len(picked))
            stars = truth.stars(user, day)[picked] + noise
            for n, (movie, star) in enumerate(zip(picked, stars)):
                when = START + int(day * DAY) + 60 * n
                star = int(np.clip(np.rint(star), 1, 5))
                rows.append((user + 1, int(truth.ids[movie]), star, when))
    folder.mkdir(parents=True, exist_ok=True)
    save(folder / "ratings.dat", rows)
    save(folder / "movies.dat", [
        (
            number,
            f"Film {number} ({2001 + int(day > 345) - int(day == 0) * n % 60})",
            "|".join(GENRES[k] for k in sorted(kind)),
        )
        for n, (number, day, kind) in enumerate(
            zip(truth.ids, truth.release, kinds)
        )
    ])  # fmt: skip
    ages = rng.choice([18, 25, 35, 45, 56], PEOPLE)
    jobs = rng.integers(0, 21, PEOPLE)
    save(folder / "users.dat", [
        (n + 1, "FM"[n % 2], age, job, "00000")
        for n, (age, job) in enumerate(zip(ages, jobs))
    ])  # fmt: skip
    return truth


def save(path: Path, rows: list[tuple]) -> None:
    lines = ["::".join(map(str, row)) + "\n" for row in rows]
    path.write_text("".join(lines), "latin-1")
