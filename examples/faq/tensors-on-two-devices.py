# --8<-- [start:model]
import torch
from torch import Tensor, nn


class Scaled(nn.Module):
    """Logits (n, 2) for rows (n, 4), minus the mean of the training data."""

    def __init__(self, mean: Tensor) -> None:
        super().__init__()
        self.mean = mean
        self.linear = nn.Linear(4, 2)

    def forward(self, rows: Tensor) -> Tensor:
        return self.linear(rows - self.mean)


device = torch.device("meta")
model = Scaled(torch.ones(4)).to(device)
# --8<-- [end:model]

try:
    # --8<-- [start:fails]
    model(torch.zeros(1, 4, device=device))
    # --8<-- [end:fails]
except RuntimeError as error:
    print(error)


# --8<-- [start:find]
def plain_tensors(model: nn.Module) -> list[str]:
    """Tensors that are neither parameters nor buffers."""
    return [
        f"{name}.{attribute}".lstrip(".")
        for name, module in model.named_modules()
        for attribute, value in vars(module).items()
        if isinstance(value, Tensor)
    ]


print("not moved:", plain_tensors(model))
print("saved:    ", list(model.state_dict()))
# --8<-- [end:find]


# --8<-- [start:fix]
class Moving(Scaled):
    """The same, with a mean that goes wherever the model goes."""

    def __init__(self, mean: Tensor) -> None:
        super().__init__(mean)
        del self.mean
        self.register_buffer("mean", mean)


model = Moving(torch.ones(4)).to(device)
print("answer on:", model(torch.zeros(1, 4, device=device)).device)
print("not moved:", plain_tensors(model))
print("saved:    ", list(model.state_dict()))
# --8<-- [end:fix]


# --8<-- [start:traced]
class Positions(nn.Module):
    """Adds the positions, on the device of the input."""

    def forward(self, rows: Tensor) -> Tensor:
        return rows + torch.arange(4, device=rows.device)


program = torch.export.export(Positions(), (torch.zeros(1, 4),))
print([n.kwargs.get("device") for n in program.graph.nodes][1])
# --8<-- [end:traced]

try:
    # --8<-- [start:traced-fails]
    program.module()(torch.zeros(1, 4, device=device))
    # --8<-- [end:traced-fails]
except RuntimeError as error:
    print(error)

# --8<-- [start:moved]
from torch.export.passes import move_to_device_pass

moved = move_to_device_pass(program, "meta")  # "cuda" on a card
print(moved.module()(torch.zeros(1, 4, device=device)).device)
# --8<-- [end:moved]


# --8<-- [start:like]
class PositionsLike(nn.Module):
    """The same, without a device in the program."""

    def forward(self, rows: Tensor) -> Tensor:
        return rows + torch.ones_like(rows).cumsum(1) - 1


program = torch.export.export(PositionsLike(), (torch.zeros(1, 4),))
print(program.module()(torch.zeros(1, 4)).tolist())
print(program.module()(torch.zeros(1, 4, device=device)).device)
# --8<-- [end:like]
