"""The operator is not currently implemented for the MPS device"""
try:
    # --8<-- [start:fails]
    import torch

    torch.rand(4).to_mkldnn().cumsum(0)
    # --8<-- [end:fails]
except NotImplementedError as error:
    print(error)

# --8<-- [start:has]
from torch import Tensor, nn


def operators(model: nn.Module, example: Tensor) -> list[str]:
    """Return the operators that the exported model calls."""
    program = torch.export.export(model.eval(), (example,))
    program = program.run_decompositions()
    return sorted({
        str(node.target)
        for node in program.graph.nodes
        if str(node.target).startswith("aten.")
    })


class Whiten(nn.Module):
    """A linear layer, then an orthogonal basis of the rows."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(8, 4)
        self.basis = Basis()

    def forward(self, rows: Tensor) -> Tensor:
        return self.basis(torch.relu(self.linear(rows)))


class Basis(nn.Module):
    def forward(self, rows: Tensor) -> Tensor:
        return torch.linalg.qr(rows).Q


torch.manual_seed(0)
rows = torch.rand(6, 8)
print(*operators(Whiten(), rows), sep="\n")
# --8<-- [end:has]


# --8<-- [start:cpu]
class OnCpu(nn.Module):
    """Runs one layer on the CPU, and brings its answer back."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, rows: Tensor) -> Tensor:
        return self.layer(rows.cpu()).to(rows.device)


model = Whiten().eval()
with torch.inference_mode():
    expected = model(rows)
    model.basis = OnCpu(model.basis)
    print("difference:", (model(rows) - expected).abs().max().item())
# --8<-- [end:cpu]

# --8<-- [start:float64]
import numpy as np

features = np.random.default_rng(0).random((6, 8))
rows = torch.from_numpy(features)
print("from NumPy:", rows.dtype)
print("for a Mac: ", rows.to(torch.float32).dtype)
# --8<-- [end:float64]


# --8<-- [start:device]
def best_device() -> torch.device:
    """Return CUDA, ROCm, XPU or MPS if there is one, else the CPU."""
    if torch.accelerator.is_available():
        return torch.accelerator.current_accelerator()
    return torch.device("cpu")


device = best_device()
print("this build has MPS:", torch.backends.mps.is_built())
print("device:", device)
# --8<-- [end:device]
