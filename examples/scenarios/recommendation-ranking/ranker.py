"""Who would like what they watch: the shape of DLRM, arxiv.org/abs/1906.00091

Every feature becomes a vector of the same width, and all pairs of them are
multiplied: these products and the numbers go through one more network.
"""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from features import BUCKETS, State, Table

WIDTH = 16


class Ranker(nn.Module):
    """Log-odds [candidates] that one person likes each of the candidates.

    The person's tensors have one row, or one for each candidate.
    """

    def __init__(self, users: int, items: int, genres: int) -> None:
        super().__init__()
        bag = nn.EmbeddingBag
        self.user = bag(users, WIDTH, mode="sum")
        self.history = bag(items + 1, WIDTH, mode="mean", padding_idx=items)
        self.item = bag(items, WIDTH, mode="sum")
        self.genres = bag(genres + 1, WIDTH, mode="mean", padding_idx=genres)
        self.numbers = nn.Sequential(
            nn.Linear(5, 32), nn.ReLU(), nn.Linear(32, WIDTH)
        )
        self.top = nn.Sequential(
            nn.Linear(WIDTH + 10, 32), nn.ReLU(), nn.Linear(32, 1)
        )
        self.register_buffer("pairs", torch.triu_indices(5, 5, offset=1))
        for table in (self.user, self.history, self.item, self.genres):
            nn.init.normal_(table.weight, std=0.1)

    def forward(
        self,
        user: Tensor,  # int64 [1, 1]
        history: Tensor,  # int64 [1, HISTORY]
        user_numbers: Tensor,  # float32 [1, 2]
        item: Tensor,  # int64 [candidates, 1]
        genres: Tensor,  # int64 [candidates, GENRES]
        item_numbers: Tensor,  # float32 [candidates, 3]
    ) -> Tensor:
        count = item.shape[0]
        person = user_numbers.expand(count, -1)
        numbers = self.numbers(torch.cat([person, item_numbers], dim=1))
        vectors = torch.stack([
            self.user(user).expand(count, -1),
            self.history(history).expand(count, -1),
            self.item(item),
            self.genres(genres),
            numbers,
        ], dim=1)  # fmt: skip
        products = vectors @ vectors.transpose(1, 2)
        crossed = products[:, self.pairs[0], self.pairs[1]]
        return self.top(torch.cat([numbers, crossed], dim=1))[:, 0]


def inputs(state: State, table: Table, rows: np.ndarray) -> list[Tensor]:
    """What the ranker is asked for these rows of a table."""
    items = table.item[rows]
    return [
        torch.from_numpy(column)
        for column in (
            table.user[rows],
            table.history[rows],
            table.user_numbers[rows],
            state.item_rows[items][:, None],
            state.genre_rows[items],
            table.item_numbers[rows],
        )
    ]


def train_ranker(
    state: State, table: Table, epochs: int = 3, seed: int = 0
) -> tuple[Ranker, list[float]]:
    """Learn to like from ratings; returns each epoch's log-loss too."""
    torch.manual_seed(seed)
    model = Ranker(len(state.users), len(state.items), len(state.genres))
    steps = epochs * -(-len(table.liked) // 512)
    optimizer = torch.optim.AdamW(
        model.parameters(), weight_decay=0.1, fused=True
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.01, steps)
    known = torch.tensor([len(state.users), len(state.items)]) - BUCKETS
    liked, losses = torch.from_numpy(table.liked).float(), []
    for _ in range(epochs):
        total = 0.0
        for rows in torch.randperm(len(liked)).split(512):
            given = inputs(state, table, rows.numpy())
            for place, first in ((0, known[0]), (3, known[1])):
                drop = torch.rand(len(rows), 1) < 0.1  # train the buckets
                shared = first + given[place] % BUCKETS
                given[place] = torch.where(drop, shared, given[place])
            loss = F.binary_cross_entropy_with_logits(
                model(*given), liked[rows]
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(rows)
        losses.append(total / len(liked))
    return model.eval(), losses
