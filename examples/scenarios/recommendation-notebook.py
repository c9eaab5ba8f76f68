# ---
# title: "Recommendation: looking at the data, and training"
# description: See the ratings, train both stages, and compare them with the best possible score in plots.
# requires: [torch, numpy, matplotlib, hnswlib]
# uses: [scenarios/recommendation, scenarios/recommendation-retrieval, scenarios/recommendation-ranking]
# ---

# %% [markdown]
# # Recommendation: looking at the data, and training
#
# The ratings are planted: made by a known truth, in the format of MovieLens.
# For real ones, point `load` at [your copy](https://grouplens.org/datasets/movielens/).
# [The page](recommendation.md) explains each step; here you look at it.

# %%
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch

import planted
from evaluation import ranks, recall
from features import State, replay
from ranker import inputs, train_ranker
from ratings import DAY, load
from search import as_queries, build_index
from towers import item_vectors, train_towers

plt.rcParams.update({"figure.dpi": 80, "figure.figsize": (7, 3)})
BLUE, ORANGE, GREEN = "#3f7fbf", "#d9822b", "#2a9d6f"

torch.set_num_threads(1)  # these models are too small to share
truth = planted.write(Path("ml-planted"))
ratings = load(Path("ml-planted"))
past, test = ratings.split(planted.START + 660 * DAY)
print(len(ratings), "ratings of", len(np.unique(ratings.users)), "people")

# %% [markdown]
# ## A long tail, and a steady stream
#
# On the left, each movie's number of ratings, most popular first: a fifth of
# the movies has nearly half of them, and the last ones have almost none.
# On the right, ratings a week: people come and go, and their number rises
# slowly. The dashed line is where the test begins.

# %%
# alt: Left, a falling curve of ratings per movie. Right, ratings per week rising over two years, with a dashed line at day 660.
figure, (left, right) = plt.subplots(1, 2)
_, counts = np.unique(ratings.items, return_counts=True)
left.plot(np.sort(counts)[::-1], color=BLUE)
left.set(xlabel="movies, by popularity", ylabel="ratings", yscale="log")
days = (ratings.times - planted.START) / DAY
right.hist(days, bins=103, color=BLUE)
right.axvline(660, color=ORANGE, linestyle="--")
right.set(xlabel="day", ylabel="ratings a week")
figure.tight_layout()
first_fifth = np.sort(counts)[::-1][: len(counts) // 5].sum()
print(f"a fifth of the movies has {first_fifth / counts.sum():.0%} of them")

# %% [markdown]
# ## Both stages learn
#
# Each stage in a few seconds. The towers' loss is a softmax over all movies,
# the ranker's a log-loss of liked or not, so their heights do not compare.

# %%
# alt: Two falling training curves, of the two towers and of the ranker, over three epochs each.
state = State(past)
table = replay(state, past)
later = replay(state, test)
towers, tower_losses = train_towers(state, table)
ranker, ranker_losses = train_ranker(state, table)
figure, (left, right) = plt.subplots(1, 2)
left.plot(range(1, 4), tower_losses, "o-", color=BLUE)
left.set(title="two towers", xlabel="epoch", ylabel="cross-entropy")
right.plot(range(1, 4), ranker_losses, "o-", color=GREEN)
right.set(title="ranker", xlabel="epoch", ylabel="log-loss")
figure.tight_layout()
print("both fall:", tower_losses[2] < tower_losses[0], ranker_losses[2] < 0.5)

# %% [markdown]
# ## How far is the optimum?
#
# The optimum knows the truth. The second stage closes part of the gap that
# the first leaves, and popularity is far below both.

# %%
# alt: Bars of recall at 10: popularity lowest, then towers, then towers and ranker, then the optimum.
with torch.inference_mode():
    columns = (later.user, later.history, later.user_numbers)
    people = towers.user(*map(torch.from_numpy, columns)).numpy()
    movies = [item_vectors(towers, state, w).numpy() for w in later.weeks]


def popularity(row: int) -> np.ndarray:
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


def optimum(row: int) -> np.ndarray:
    user, day = test.users[row] - 1, (test.times[row] - planted.START) / DAY
    margin = torch.from_numpy(truth.stars(user, day) - 3.5) / 0.8
    return truth.choice(user, day) + torch.special.log_ndtr(margin).numpy()


found = {
    f.__name__: ranks(f, past, test)
    for f in (popularity, retrieval, both, optimum)
}
for name, own in found.items():
    print(f"{name:10} recall@10 {recall(own, 10):.1f}")
figure, axes = plt.subplots()
axes.barh(list(found), [recall(own, 10) for own in found.values()], color=BLUE)
axes.set(xlabel="recall@10 in replay")
axes.invert_yaxis()
figure.tight_layout()

# %% [markdown]
# ## What the approximate index loses
#
# `ef` is how many candidates a search keeps. Its recall, against exact search
# in 6,000 vectors around those of our movies, rises and saturates.

# %%
# alt: A rising curve: the index's recall of the exact first hundred against ef, from 100 to 800.
generator = np.random.default_rng(0)
many = np.repeat(movies[-1], 10, axis=0)
many += generator.normal(0, 0.4, many.shape).astype(np.float32)
exact = np.argsort(-people[-200:] @ many.T, axis=1)[:, :100].tolist()
index, efs, shares = build_index(many), (100, 200, 400, 800), []
for ef in efs:
    index.set_ef(ef)
    near, _ = index.knn_query(as_queries(people[-200:]), k=100, num_threads=1)
    same = [len({*a} & {*b}) for a, b in zip(near.tolist(), exact)]
    shares.append(np.mean(same) / 100)
figure, axes = plt.subplots()
axes.plot(efs, shares, "o-", color=ORANGE)
axes.set(xlabel="ef", ylabel="share of the exact first 100", ylim=(0.5, 1.02))
figure.tight_layout()
print(
    "rises:", shares == sorted(shares), "over 0.9 in the end:", shares[-1] > 0.9
)

# %% [markdown]
# ## A map of the movies
#
# The towers' vectors of the movies, in their two main directions. The towers
# never saw the truth, and yet movies of one planted taste lie together: color
# is a taste of the truth, in fifths: the one that the horizontal follows most.

# %%
# alt: A cloud of points, one for each movie, whose color changes smoothly from left to right.
known = later.weeks[-1][:, 1] > 0  # movies with twenty ratings or more
vectors = movies[-1][known, :-1]
vectors = vectors - vectors.mean(0)
_, _, directions = np.linalg.svd(vectors, full_matrices=False)
flat = vectors @ directions[:2].T
design = np.column_stack([truth.movie[known], np.ones(known.sum())])
weights, *_ = np.linalg.lstsq(design, flat[:, 0])
planted_taste = design @ weights
figure, axes = plt.subplots(figsize=(5, 3.2))
fifth = np.argsort(np.argsort(planted_taste)) * 5 // len(planted_taste)
axes.scatter(*flat.T, c=fifth, cmap="viridis", s=8, linewidths=0)
axes.set(xlabel="first direction", ylabel="second direction")
figure.tight_layout()
correlation = np.corrcoef(planted_taste, flat[:, 0])[0, 1]
print("learned and planted agree:", correlation > 0.7)
