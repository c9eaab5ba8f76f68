"""torch.compile changes the model's output"""
# --8<-- [start:model]
import torch
from torch import Tensor, nn


class Block(nn.Module):
    """Four steps of elementwise arithmetic, as in gates and norms."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.rand(width) + 0.5)
        self.shift = nn.Parameter(torch.randn(width))

    def forward(self, rows: Tensor) -> Tensor:
        x = rows
        for _ in range(4):
            x = torch.tanh(x * self.scale + self.shift) + rows
        return x


torch.manual_seed(0)
model = Block().eval().requires_grad_(False)
rows = torch.randn(512, 64)
# --8<-- [end:model]


# --8<-- [start:compare]
from copy import deepcopy


def compare(dtype: torch.dtype, backend: str) -> tuple[float, float]:
    """Mean error of eager and compiled, against float64."""
    net, x = deepcopy(model).to(dtype), rows.to(dtype)
    truth = deepcopy(net).double()(x.double())
    with torch.inference_mode():
        eager, compiled = net(x), torch.compile(net, backend=backend)(x)
    print(f"{str(dtype):14} {backend:9} equal: {torch.equal(eager, compiled)}")
    return (
        (eager.double() - truth).abs().mean().item(),
        (compiled.double() - truth).abs().mean().item(),
    )


half = compare(torch.bfloat16, "inductor")
print("further from float64 than eager:", half[1] > 1.1 * half[0])
# --8<-- [end:compare]

# --8<-- [start:single]
single = compare(torch.float32, "inductor")
print("error below 1e-6:", max(single) < 1e-6)
# --8<-- [end:single]

# --8<-- [start:backends]
for backend in ("eager", "aot_eager"):
    compare(torch.bfloat16, backend)
# --8<-- [end:backends]
