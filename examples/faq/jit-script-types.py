"""torch.jit.script cannot compile the model."""
# --8<-- [start:model]
import torch
from torch import Tensor, nn


class Pool(nn.Module):
    """The mean over one axis, with an optional weight."""

    def forward(self, x, axis=1, weight: Tensor | None = None):
        return (x * weight).mean(axis)


model = Pool().eval()
x, weight = torch.ones(2, 4), torch.full((4,), 0.5)
# --8<-- [end:model]
try:
    # --8<-- [start:untyped]
    torch.jit.script(model)
    # --8<-- [end:untyped]
except Exception as error:
    print(error)


# --8<-- [start:others]
class Other(nn.Module):
    """Python that TorchScript does not have."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = lambda x: x * 2


class Lambda(Other):
    def forward(self, x: Tensor) -> Tensor:
        return self.scale(x)


class Nested(Other):
    def forward(self, x: Tensor) -> Tensor:
        def double(y: Tensor) -> Tensor:
            return y * 2

        return double(x)


class Keywords(Other):
    def forward(self, x: Tensor, **options: bool) -> Tensor:
        return x * 2


class Filter(Other):
    def forward(self, x: Tensor) -> list[Tensor]:
        return [x * i for i in range(3) if i]


for kind in (Lambda, Nested, Keywords, Filter):
    try:
        torch.jit.script(kind())
    except Exception as error:
        line = next(filter(None, str(error).splitlines()))
        print(f"{type(error).__name__}: {line[:60]}")
# --8<-- [end:others]

# --8<-- [start:export]
program = torch.export.export(model, (x,), {"weight": weight})
print(program.module()(x, weight=weight))
for kind in (Lambda, Nested, Keywords, Filter):
    torch.export.export(kind(), (x,))
    print(kind.__name__, "exported")
# --8<-- [end:export]


# --8<-- [start:typed]
class PoolTyped(nn.Module):
    """The same, in the words of TorchScript."""

    def forward(
        self, x: Tensor, axis: int = 1, weight: Tensor | None = None
    ) -> Tensor:
        if weight is not None:  # not `if weight`, and not outside
            x = x * weight
        return x.mean(axis)


scripted = torch.jit.script(PoolTyped())
print(scripted(x, weight=weight))
# --8<-- [end:typed]
