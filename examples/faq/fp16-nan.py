# --8<-- [start:net]
import torch
from torch import Tensor, nn


class RMSNorm(nn.Module):
    """Divides each row by its root mean square, written by hand."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        mean_square = x.pow(2).mean(dim=-1, keepdim=True)
        return self.weight * x * torch.rsqrt(mean_square + 1e-6)


torch.manual_seed(0)
model = nn.Sequential(
    nn.Linear(16, 64), RMSNorm(64), nn.Linear(64, 4, bias=False)
).eval().requires_grad_(False)
model[0].weight[0] *= 4000  # one large channel, as trained models have
x = torch.randn(100, 16)
expected = model(x)
# --8<-- [end:net]


# --8<-- [start:compare]
def compare(model: nn.Module, dtype: torch.dtype) -> int:
    """Convert the model, and count the classes that stay the same."""
    logits = model.to(dtype)(x.to(dtype)).float()
    same = int((logits.argmax(dim=1) == expected.argmax(dim=1)).sum())
    zeros = int((logits == 0).all(dim=1).sum())
    print(f"{str(dtype):15} the same class for {same} of {len(x)} rows,"
          f" {zeros} rows of zeros")
    model.float()
    return same


bfloat16 = compare(model, torch.bfloat16)
float16 = compare(model, torch.float16)
# --8<-- [end:compare]

# --8<-- [start:arithmetic]
half = torch.float16
print("largest number:", int(torch.finfo(half).max))
print("300 squared:   ", torch.tensor(300.0).to(half).square().item())
mask = torch.tensor(-1e9).to(half)
print("mask of -1e9:  ", mask.item())
print("0 times it:    ", (0 * mask).item())
hidden = torch.full((1, 3), -torch.inf, dtype=half)  # all tokens masked
print("softmax of it: ", hidden.softmax(dim=1)[0, 0].item())
row = torch.tensor([[300.0, 0.0, 0.0]]).to(half)
print("nn.LayerNorm:  ", nn.LayerNorm(3).half()(row)[0, 0].item())
# --8<-- [end:arithmetic]


# --8<-- [start:find]
class TooLarge(torch.fx.Interpreter):
    """Runs in float32, and prints what float16 could not hold."""

    def run_node(self, node: torch.fx.Node) -> object:
        result = super().run_node(node)
        limit = torch.finfo(torch.float16).max
        if isinstance(result, Tensor) and result.abs().max() > limit:
            modules = list(node.meta.get("nn_module_stack", {}).values())
            name = modules[-1][0] if modules else ""
            print(f"{node.name} in module {name!r}:"
                  f" up to {result.abs().max():.0e}")
        return result


program = torch.export.export(model, (x,))
TooLarge(program.module()).run(x)
# --8<-- [end:find]


# --8<-- [start:fix]
class SafeRMSNorm(RMSNorm):
    """Computes in float32, and returns the type that came in."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.float()).to(x.dtype)


model[1] = SafeRMSNorm(64)
by_hand = compare(model, torch.float16)
model[1] = nn.RMSNorm(64, eps=1e-6)
from_torch = compare(model, torch.float16)
# --8<-- [end:fix]

# --8<-- [start:tokens]
scores = torch.full((1, 50_000), float("nan"))  # one token, all NaN
print("greedy takes token", scores.argmax(dim=-1).item())
print("the first printable byte:", min(map(chr, range(33, 127))))
# --8<-- [end:tokens]

try:
    # --8<-- [start:sample]
    torch.multinomial(scores.softmax(dim=-1), num_samples=1)
    # --8<-- [end:sample]
except RuntimeError as error:
    print(error)
