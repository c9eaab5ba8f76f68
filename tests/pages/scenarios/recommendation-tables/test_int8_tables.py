"""Tables in int8 read like the embedding bags that they were made of."""

from __future__ import annotations

import pytest
import torch
from int8_tables import Int8Bag
from torch import nn

pytestmark = pytest.mark.work_folder
BAGS = [[1, 2, 9, 9], [9, 9, 9, 9], [3, 3, 4, 5]]


@pytest.mark.parametrize("mode", ["sum", "mean"])
@pytest.mark.parametrize("padding", [None, 9])
def test_int8_bag_is_near_the_original(mode: str, padding: int | None) -> None:
    torch.manual_seed(0)
    bag = nn.EmbeddingBag(10, 16, mode=mode, padding_idx=padding)
    bags = torch.tensor(BAGS)
    assert (Int8Bag(bag)(bags) - bag(bags)).abs().max() < 0.05


def test_mode_max_is_refused() -> None:
    with pytest.raises(ValueError, match="no int8 bag for mode max"):
        Int8Bag(nn.EmbeddingBag(10, 16, mode="max"))
