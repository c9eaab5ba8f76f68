# --8<-- [start:train]
from pathlib import Path

import numpy as np
import torch
from sklearn.metrics import log_loss, roc_auc_score

import planted
from features import State, Table, replay
from ranker import Ranker, inputs, train_ranker
from ratings import DAY, load

torch.set_num_threads(1)  # these models are too small to share
truth = planted.write(Path("ml-planted"))
ratings = load(Path("ml-planted"))
past, test = ratings.split(planted.START + 660 * DAY)
state = State(past)
table = replay(state, past)
later = replay(state, test)
model, losses = train_ranker(state, table)
print("log-loss:", *(f"{loss:.2f}" for loss in losses))
# --8<-- [end:train]

# --8<-- [start:compare]
from torch import nn
from torch.nn import functional as F


def factorize(table: Table) -> np.ndarray:
    """Probabilities [users, movies] of a factorization with biases."""
    torch.manual_seed(0)
    users, movies = len(state.users), len(state.ids)
    user, item = nn.Embedding(users, 17), nn.Embedding(movies, 17)
    for part in (user, item):
        nn.init.normal_(part.weight, std=0.1)
    parameters = [*user.parameters(), *item.parameters()]
    optimizer = torch.optim.AdamW(
        parameters, 0.01, weight_decay=0.1, fused=True
    )
    row, position = map(torch.from_numpy, (table.user[:, 0], table.item))
    liked = torch.from_numpy(table.liked).float()
    for _ in range(6):
        for rows in torch.randperm(len(liked)).split(512):
            u, i = user(row[rows]), item(position[rows])
            odds = (u[:, 1:] * i[:, 1:]).sum(1) + u[:, 0] + i[:, 0]
            loss = F.binary_cross_entropy_with_logits(odds, liked[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    u, i = user.weight.detach(), item.weight.detach()
    odds = u[:, 1:] @ i[:, 1:].T + u[:, :1] + i[:, 0]
    return odds.sigmoid().numpy()


def predict(model: Ranker, table: Table) -> np.ndarray:
    rows = np.arange(len(table.liked))
    with torch.inference_mode():
        return model(*inputs(state, table, rows)).sigmoid().numpy()


stars = np.array([
    truth.stars(user - 1, (time - planted.START) / DAY)[item]
    for user, time, item in zip(test.users, test.times, later.item)
])  # fmt: skip
guesses = {
    "base rate": np.full(len(test), table.liked.mean()),
    "movie's share": (later.item_numbers[:, 2] + 2) / 4,
    "factorization": factorize(table)[later.user[:, 0], later.item],
    "ranker": predict(model, later),
    "optimum": torch.special.ndtr(torch.tensor(stars - 3.5) / 0.8).numpy(),
}
loss = {name: log_loss(later.liked, p) for name, p in guesses.items()}
for name, guess in guesses.items():
    reached = (loss["base rate"] - loss[name]) / (
        loss["base rate"] - loss["optimum"]
    )
    print(
        f"{name:13} AUC {roc_auc_score(later.liked, guess):.2f}  "
        f"log-loss {loss[name]:.2f}  reached {reached:.2f}"
    )
# --8<-- [end:compare]

# --8<-- [start:future]
from dataclasses import replace


def share(rows: str, size: int) -> np.ndarray:
    """Share of likes over ALL ratings, the later ones included."""
    keys = np.r_[getattr(table, rows).ravel(), getattr(later, rows).ravel()]
    likes = np.bincount(keys, np.r_[table.liked, later.liked], size)
    return 4 * (likes + 2.5) / (np.bincount(keys, minlength=size) + 5) - 2


def with_future(table: Table) -> Table:
    people, movies = table.user_numbers.copy(), table.item_numbers.copy()
    people[:, 0] = share("user", len(state.users))[table.user[:, 0]]
    movies[:, 2] = share("item", len(state.ids))[table.item]
    return replace(table, user_numbers=people, item_numbers=movies)


skewed, _ = train_ranker(state, with_future(table))
losses: dict[str, float] = {}
for name, p in (
    ("honest", guesses["ranker"]),
    ("with the future, offline", predict(skewed, with_future(later))),
    ("with the future, online", predict(skewed, later)),
):
    losses[name] = log_loss(later.liked, p)
    print(
        f"{name:24} AUC {roc_auc_score(later.liked, p):.3f}  "
        f"log-loss {losses[name]:.3f}"
    )
# --8<-- [end:future]

# --8<-- [start:parity]
import copy
import json

recorded = Path("recorded.jsonl")
with recorded.open("w") as file:
    for n in range(len(test) - 500, len(test)):
        line = {
            "user": int(test.users[n]),
            "item": int(test.items[n]),
            "stars": float(test.stars[n]),
            "time": int(test.times[n]),
            "history": later.history[n].tolist(),
            "user_numbers": later.user_numbers[n].tolist(),
            "item_numbers": later.item_numbers[n].tolist(),
        }
        file.write(json.dumps(line) + "\n")


def differing(start: State, ask_first: bool) -> int:
    """How many recorded rows this online program would not reproduce."""
    found = 0
    for line in map(json.loads, recorded.read_text().splitlines()):
        item = start.position[line["item"]]
        event = line["user"], item, line["stars"], line["time"]
        if not ask_first:
            start.observe(*event)
        _, history, user_numbers = start.user(line["user"])
        item_numbers = start.item_numbers(item, line["time"])
        found += not (
            np.array_equal(history, line["history"])
            and np.allclose(user_numbers, line["user_numbers"], atol=1e-6)
            and np.allclose(item_numbers, line["item_numbers"], atol=1e-6)
        )
        if ask_first:
            start.observe(*event)
    return found


def restarted() -> State:
    """A service that was started from the log of events."""
    fresh = State(past)
    before = ratings.part(slice(0, len(ratings) - 500))
    for user, item, stars, time in zip(
        before.users.tolist(), before.items.tolist(),
        before.stars.tolist(), before.times.tolist(),
    ):  # fmt: skip
        fresh.observe(user, fresh.position[item], stars, time)
    return fresh


fresh = restarted()
again = copy.deepcopy(fresh)
print("rows that differ:", differing(fresh, ask_first=True))
print("observed first:  ", differing(again, ask_first=False))
# --8<-- [end:parity]

# --8<-- [start:export]
candidates = torch.export.Dim("candidates", min=1, max=500)
user_side = [tensor[:1] for tensor in inputs(state, later, np.arange(2))[:3]]
item_side = inputs(state, later, np.arange(100))[3:]
program = torch.export.export(
    model,
    (*user_side, *item_side),
    dynamic_shapes=(None, None, None, *[{0: candidates}] * 3),
)
torch.export.save(program, "ranker.pt2")
ranker = torch.export.load("ranker.pt2").module()
with torch.inference_mode():
    for count in (1, 7, 100, 500):
        some = [tensor.repeat(5, 1)[:count] for tensor in item_side]
        together = ranker(*user_side, *some)
        eager = model(*user_side, *some)
        print(count, torch.allclose(together, eager, atol=1e-5))
    alone = [
        ranker(*user_side, *(tensor[n : n + 1] for tensor in item_side))
        for n in range(100)
    ]
    everyone = ranker(*user_side, *item_side)
print("one by one:", torch.allclose(torch.cat(alone), everyone, atol=1e-5))
# --8<-- [end:export]

# --8<-- [start:person]
two = [tensor.repeat(2, 1) for tensor in user_side]
try:
    ranker(*two, *item_side)
except AssertionError as error:
    print(error)
# --8<-- [end:person]
