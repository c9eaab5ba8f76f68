"""Two towers: who asks and what there is, as vectors that can be compared."""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from features import BUCKETS, State, Table

WIDTH = 32


class UserTower(nn.Module):
    """Row, history and numbers to a vector [batch, WIDTH + 1]."""

    def __init__(self, users: int, history: nn.EmbeddingBag) -> None:
        super().__init__()
        self.row = nn.EmbeddingBag(users, WIDTH, mode="sum")
        self.history = history
        self.mix = nn.Linear(2, WIDTH)

    def forward(self, row: Tensor, history: Tensor, numbers: Tensor) -> Tensor:
        vector = self.row(row) + self.history(history) + self.mix(numbers)
        one = torch.ones_like(vector[:, :1])  # meets the item's bias
        return torch.cat([vector, one], dim=1)


class ItemTower(nn.Module):
    """Row, genres and numbers to a vector [items, WIDTH + 1]."""

    def __init__(self, items: int, genres: int) -> None:
        super().__init__()
        self.row = nn.EmbeddingBag(items, WIDTH + 1, mode="sum")
        self.genres = nn.EmbeddingBag(
            genres + 1, WIDTH + 1, mode="mean", padding_idx=genres
        )
        self.mix = nn.Sequential(
            nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, WIDTH + 1)
        )

    def forward(self, row: Tensor, genres: Tensor, numbers: Tensor) -> Tensor:
        return self.row(row) + self.genres(genres) + self.mix(numbers)


class TwoTowers(nn.Module):
    def __init__(self, users: int, items: int, genres: int) -> None:
        super().__init__()
        self.user = UserTower(
            users,
            nn.EmbeddingBag(items + 1, WIDTH, mode="mean", padding_idx=items),
        )
        self.item = ItemTower(items, genres)
        for part in self.modules():
            if isinstance(part, nn.EmbeddingBag):
                nn.init.normal_(part.weight, std=0.05)


def item_vectors(model: TwoTowers, state: State, numbers: np.ndarray) -> Tensor:
    """Vectors of the whole catalogue, from its numbers at one moment."""
    return model.item(
        torch.from_numpy(state.item_rows)[:, None],
        torch.from_numpy(state.genre_rows),
        torch.from_numpy(numbers),
    )


def train_towers(
    state: State, table: Table, epochs: int = 3, seed: int = 0
) -> tuple[TwoTowers, list[float]]:
    """Learn what is watched next; returns the model and each epoch's loss.

    A batch is one week: its movies are those of that week, and each liked
    rating asks which of them it was.
    """
    torch.manual_seed(seed)
    model = TwoTowers(len(state.users), len(state.items), len(state.genres))
    optimizer = torch.optim.Adam(model.parameters(), 0.01, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, 0.02, epochs * len(table.weeks)
    )
    known, losses = len(state.users) - BUCKETS, []
    weeks = [np.flatnonzero(table.week == n) for n in range(len(table.weeks))]
    for _ in range(epochs):
        total = 0.0
        for number in torch.randperm(len(weeks)).tolist():
            rows = weeks[number]
            if not len(rows):
                schedule.step()
                continue
            user = torch.from_numpy(table.user[rows])
            stranger = torch.rand(user.shape) < 0.1  # strangers are trained
            user = torch.where(stranger, known + user % BUCKETS, user)
            vectors = model.user(
                user,
                torch.from_numpy(table.history[rows]),
                torch.from_numpy(table.user_numbers[rows]),
            )
            items = item_vectors(model, state, table.weeks[number])
            loss = F.cross_entropy(
                vectors @ items.T, torch.from_numpy(table.item[rows])
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(rows)
        losses.append(total / sum(map(len, weeks)))
    return model.eval(), losses
