"""Unsupported input type: a dataclass at the edge of an exported model."""
# --8<-- [start:model]
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass
class Batch:
    """Token ids and their mask, each (batch, length)."""

    ids: Tensor
    mask: Tensor


class Encoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(100, 8)

    def forward(self, batch: Batch) -> Tensor:
        return self.table(batch.ids) * batch.mask[..., None]


torch.manual_seed(0)
encoder = Encoder().eval()
batch = Batch(torch.ones(2, 5, dtype=torch.long), torch.ones(2, 5))
# --8<-- [end:model]

try:
    # --8<-- [start:fails]
    torch.export.export(encoder, (batch,))
    # --8<-- [end:fails]
except ValueError as error:
    print(error)

# --8<-- [start:wrapper]
class Flat(nn.Module):
    """The same model with tensors at its edge."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        return self.model(Batch(ids, mask))


program = torch.export.export(Flat(encoder), (batch.ids, batch.mask))
features = program.module()(batch.ids, batch.mask)
print(tuple(features.shape))
# --8<-- [end:wrapper]

# --8<-- [start:register]
torch.export.register_dataclass(Batch, serialized_type_name="Batch")
program = torch.export.export(encoder, (batch,))
print(torch.equal(program.module()(batch), features))
# --8<-- [end:register]

# --8<-- [start:constant]
@dataclass(frozen=True)
class Settings:
    """Nothing in here is a tensor."""

    scale: int
    offset: int


class Scale(nn.Module):
    def forward(self, values: Tensor, settings: Settings) -> Tensor:
        return values * settings.scale + settings.offset


torch.utils._pytree.register_constant(Settings)
program = torch.export.export(Scale(), (torch.ones(3), Settings(2, 1)))
print(program.module()(torch.ones(3), Settings(2, 1)).tolist())
# --8<-- [end:constant]
