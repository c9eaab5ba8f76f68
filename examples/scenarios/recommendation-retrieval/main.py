# --8<-- [start:features]
from pathlib import Path

import numpy as np
import torch

import planted
from features import BUCKETS, State, replay
from ratings import DAY, load

torch.set_num_threads(1)  # these models are too small to share
truth = planted.write(Path("ml-planted"))
ratings = load(Path("ml-planted"))
past, test = ratings.split(planted.START + 660 * DAY)
state = State(past)
table = replay(state, past)  # 20 months, from the first rating
later = replay(state, test)  # and on: two more
print("users", len(state.users), "movies", len(state.items))
print("history of the last rating:", later.history[-1][:4])
print("share of likes, first and last:", later.user_numbers[[0, -1], 0])
# --8<-- [end:features]

# --8<-- [start:train]
from evaluation import ndcg, ranks, recall
from towers import item_vectors, train_towers

model, losses = train_towers(state, table)
print("loss:", *(f"{loss:.1f}" for loss in losses))
with torch.inference_mode():
    people = model.user(
        *map(torch.from_numpy, (later.user, later.history)),
        torch.from_numpy(later.user_numbers),
    )
    movies = [item_vectors(model, state, week) for week in later.weeks]


def towers(row: int) -> np.ndarray:
    return (movies[later.week[row]] @ people[row]).numpy()


def popular(row: int) -> np.ndarray:
    return later.weeks[later.week[row]][:, 0]


def optimum(row: int) -> np.ndarray:
    """The true odds of watching and liking, as on the page before."""
    user, day = test.users[row] - 1, (test.times[row] - planted.START) / DAY
    liked = torch.tensor(truth.stars(user, day) - 3.5) / 0.8
    return truth.choice(user, day) + torch.special.ndtr(liked).log().numpy()


scores = (popular, towers, optimum)
found = {score.__name__: ranks(score, past, test) for score in scores}
for name, own in found.items():
    print(
        f"{name:8} NDCG@10 {ndcg(own, 10):.2f}  recall@10 "
        f"{recall(own, 10):.2f}  recall@100 {recall(own, 100):.2f}"
    )
# --8<-- [end:train]

# --8<-- [start:strangers]
liked = test.liked.nonzero()[0]
stranger = later.user[liked, 0] >= len(state.users) - BUCKETS
first = stranger & (later.history[liked, 0] == len(state.items))
groups = {
    "known people": ~stranger,
    "strangers, with likes": stranger & ~first,
    "strangers, without": stranger & first,
}
recalls = {}
for who, rows in groups.items():
    recalls[who] = {name: recall(f[rows], 100) for name, f in found.items()}
    print(f"{who:21}", *(f"{n} {r:.2f}" for n, r in recalls[who].items()))
# --8<-- [end:strangers]

# --8<-- [start:unknown]
known = len(state.users.rows)
try:
    torch.nn.EmbeddingBag(known, 32)(torch.tensor([[known]]))
except RuntimeError as error:
    print(error)
# --8<-- [end:unknown]

# --8<-- [start:buckets]
for key in (17, 123_456, 123_457, "a new one"):
    row = state.users.row(key)
    print(key, "->", row, "shared" if row >= known else "own")
# --8<-- [end:buckets]

# --8<-- [start:hnsw]
import hnswlib

from search import as_queries, build_index

generator = np.random.default_rng(0)
copies = np.repeat(movies[-1].numpy(), 20, axis=0)
copies += generator.normal(0, 0.4, copies.shape).astype(np.float32)
queries = people[-300:].numpy()
exact = np.argsort(-queries @ copies.T, axis=1)[:, :100]


def overlap(index: hnswlib.Index, queries: np.ndarray) -> float:
    """Share of the exact first 100 that the index finds."""
    near, _ = index.knn_query(queries, k=100, num_threads=1)
    pairs = zip(near.tolist(), exact.tolist())
    return float(np.mean([len({*a} & {*b}) / 100 for a, b in pairs]))


products = hnswlib.Index(space="ip", dim=copies.shape[1])
products.init_index(len(copies), M=16, ef_construction=100, random_seed=0)
products.add_items(copies, num_threads=1)  # the same graph every time
distances = build_index(copies)
lengthened = as_queries(queries)
print(len(copies), "vectors")
inner, l2 = {}, {}
for ef in (400, 800, len(copies)):
    products.set_ef(ef)
    distances.set_ef(ef)
    inner[ef] = overlap(products, queries)
    l2[ef] = overlap(distances, lengthened)
    less = "fewer" if inner[ef] < l2[ef] else "not fewer"
    print(f"ef {ef}: by distance {l2[ef]:.2f}, by inner product {less}")
# --8<-- [end:hnsw]

# --8<-- [start:gate]
catalogue = build_index(movies[-1].numpy())
catalogue.set_ef(200)
near, _ = catalogue.knn_query(lengthened, k=100, num_threads=1)
first = (people[-300:] @ movies[-1].T).topk(100).indices.tolist()
same = [len({*a} & {*b}) / 100 for a, b in zip(near.tolist(), first)]
print(f"{len(movies[-1])} movies, ef 200: {np.mean(same):.3f}")
# --8<-- [end:gate]
