"""The two programs of a translator: exported, and opened again."""

import copy
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.export import Dim, export, save

from translator import Translator

MAX_BATCH = 32


class Encode(nn.Module):
    def __init__(self, model: Translator) -> None:
        super().__init__()
        self.model = copy.deepcopy(model)
        for layer in self.model.decoder:  # or they are saved as well
            del layer.attention, layer.feed, layer.norms

    def forward(self, source: Tensor) -> Tensor:
        return self.model.encode(source)


class Decode(nn.Module):
    """One piece further: the cache comes in and goes out."""

    def __init__(self, model: Translator) -> None:
        super().__init__()
        self.model = copy.deepcopy(model)
        del self.model.encoder

    def forward(
        self, piece: Tensor, source: Tensor, cross: Tensor, past: Tensor
    ) -> tuple[Tensor, Tensor]:
        return self.model.decode(piece, source, cross, past)


def export_programs(model: Translator, folder: Path) -> None:
    """Save encoder.pt2 and decoder.pt2, for each batch and each length."""
    longest = model.config.longest
    batch = Dim("batch", min=1, max=MAX_BATCH)
    length = Dim("length", min=2, max=longest)
    before = Dim("before", min=0, max=longest)
    source = torch.full((2, 7), 5)
    piece = torch.full((2, 1), 5)
    with torch.no_grad():
        cross = model.encode(source)
        past = model.nothing(2)
        for _ in range(3):
            _, past = model.decode(piece, source, cross, past)
        encoder = export(
            Encode(model), (source,), dynamic_shapes=({0: batch, 1: length},)
        )
        decoder = export(
            Decode(model),
            (piece, source, cross, past),
            dynamic_shapes=(
                {0: batch},
                {0: batch, 1: length},
                {2: batch, 4: length},
                {2: batch, 4: before},
            ),
        )
    save(encoder, folder / "encoder.pt2")
    save(decoder, folder / "decoder.pt2")


class Exported:
    """What `decoding` needs, from the two files alone."""

    def __init__(self, folder: Path) -> None:
        self.encode = torch.export.load(folder / "encoder.pt2").module()
        self.decode = torch.export.load(folder / "decoder.pt2").module()
        source = torch.full((1, 2), 5)
        with torch.inference_mode():
            self.form = self.encode(source).shape

    def nothing(self, batch: int) -> Tensor:
        layers, two, _, heads, _, width = self.form
        return torch.zeros(layers, two, batch, heads, 0, width)
