"""Embedding tables in a quarter of the memory: one scale for each row."""

import torch
from torch import Tensor, nn

BAG = torch.ops.quantized.embedding_bag_byte_rowwise_offsets


class Int8Bag(nn.Module):
    """Reads like the `nn.EmbeddingBag` that it was made of; cannot train.

    A row holds its numbers as uint8, then its scale and its minimum as two
    float32: `rows` is uint8 [table rows, width + 8].
    """

    def __init__(self, bag: nn.EmbeddingBag) -> None:
        super().__init__()
        if bag.mode not in ("sum", "mean"):
            raise ValueError(f"no int8 bag for mode {bag.mode}")
        self.mode, self.padding = bag.mode, bag.padding_idx
        pack = torch.ops.quantized.embedding_bag_byte_prepack
        self.register_buffer("rows", pack(bag.weight.detach()))

    def forward(self, bags: Tensor) -> Tensor:
        """Sums or means [batch, width] of bags [batch, places]."""
        real = torch.ones_like(bags, dtype=torch.float32)
        if self.padding is not None:
            real = (bags != self.padding).float()
        starts = torch.arange(bags.shape[0]) * bags.shape[1]
        sums = BAG(
            self.rows, bags.flatten(), starts,
            per_sample_weights=real.flatten(),
        )  # fmt: skip
        if self.mode == "sum":
            return sums
        return sums / real.sum(1, keepdim=True).clamp(min=1)


def convert(model: nn.Module) -> nn.Module:
    """Replace each embedding bag of a model, in place."""
    for name, part in model.named_children():
        if isinstance(part, nn.EmbeddingBag):
            setattr(model, name, Int8Bag(part))
        else:
            convert(part)
    return model
