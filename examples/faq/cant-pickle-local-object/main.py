"""AttributeError: Can't pickle local object"""
# --8<-- [start:model]
import torch
from torch import nn


class Net(nn.Module):
    """A classifier that takes its activation as a function."""

    def __init__(self, activation) -> None:
        super().__init__()
        self.layer = nn.Linear(8, 2)
        self.activation = activation

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        return self.activation(self.layer(rows))


def build(slope: float) -> Net:
    return Net(lambda x: nn.functional.leaky_relu(x, slope))


torch.manual_seed(0)
net = build(0.1).eval().requires_grad_(False)
# --8<-- [end:model]

try:
    # --8<-- [start:fails]
    torch.save(net, "net.pt")
    # --8<-- [end:fails]
except AttributeError as error:
    print(error)

try:
    # --8<-- [start:worker]
    from torch.utils.data import DataLoader

    loader = DataLoader(
        range(4),
        collate_fn=lambda rows: rows[0],
        num_workers=1,
        multiprocessing_context="spawn",
    )
    iter(loader)
    # --8<-- [end:worker]
except Exception as error:
    print(error)

# --8<-- [start:find]
import pickle


def unpicklable(model: nn.Module) -> list[str]:
    """Attributes, hooks included, that pickle refuses."""
    found = []
    for name, module in model.named_modules():
        for key, value in vars(module).items():
            if key == "_modules":
                continue  # each has its own turn
            try:
                pickle.dumps(value)
            except Exception:
                found.append(f"{name}.{key}".lstrip("."))
    return found


handle = net.layer.register_forward_hook(lambda *call: None)
print(unpicklable(net))
handle.remove()
print(unpicklable(net))
# --8<-- [end:find]

# --8<-- [start:save]
torch.save(net.state_dict(), "weights.pt")
again = build(0.1).eval()
again.load_state_dict(torch.load("weights.pt"))

rows = torch.rand(3, 8)
torch.export.save(torch.export.export(net, (rows,)), "net.pt2")
program = torch.export.load("net.pt2").module()

for model in again, program:
    print("difference:", (model(rows) - net(rows)).abs().max().item())
# --8<-- [end:save]

# --8<-- [start:named]
class LeakyNet(Net):
    """The same, with a module in place of the lambda."""

    def __init__(self, slope: float) -> None:
        super().__init__(nn.LeakyReLU(slope))


print(unpicklable(LeakyNet(0.1)))
# --8<-- [end:named]
