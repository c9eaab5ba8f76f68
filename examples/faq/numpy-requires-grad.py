# --8<-- [start:model]
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(
    nn.Linear(64, 256), nn.Tanh(), nn.Linear(256, 10)
).eval()
rows = torch.randn(1000, 64)
# --8<-- [end:model]

try:
    # --8<-- [start:fails]
    model(rows).numpy()
    # --8<-- [end:fails]
except RuntimeError as error:
    print(error)

# --8<-- [start:kept]
kept = {}


def remember(tensor: torch.Tensor) -> torch.Tensor:
    """Note each tensor that autograd saves, once."""
    kept[tensor.data_ptr()] = tensor.nbytes
    return tensor


with torch.autograd.graph.saved_tensors_hooks(remember, lambda t: t):
    answer = model(rows)
print(f"answer {answer.nbytes / 1e3:.0f} kB")
print(f"kept   {sum(kept.values()) / 1e3:.0f} kB")
# --8<-- [end:kept]

# --8<-- [start:fix]
with torch.inference_mode():
    answer = model(rows)
print(answer.numpy().shape, answer.grad_fn)
# --8<-- [end:fix]
