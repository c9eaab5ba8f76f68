"""What an optimization can save: bytes, operations, traffic, launches."""
# --8<-- [start:flops]
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode


def flops(layer: nn.Module, given: torch.Tensor) -> int:
    """Count the floating-point operations of one forward pass."""
    with FlopCounterMode(display=False) as counter:
        layer(given)
    return counter.get_total_flops()


layer = nn.Linear(4096, 4096, bias=False, device="meta")
for batch in (1, 64):
    counted = flops(layer, torch.empty(batch, 4096, device="meta"))
    print(f"{batch:3} {counted:,} {counted == 2 * batch * 4096 * 4096}")
# --8<-- [end:flops]


# --8<-- [start:bytes]
def size(tensor: torch.Tensor) -> int:
    """Return the bytes that a tensor's values take."""
    return tensor.numel() * tensor.element_size()


def traffic(layer: nn.Module, given: torch.Tensor) -> int:
    """Return the least bytes a layer moves: in, weights and out once."""
    weights = sum(size(weight) for weight in layer.parameters())
    return size(given) + weights + size(layer(given))


for batch in (1, 64):
    moved = traffic(layer, torch.empty(batch, 4096, device="meta"))
    by_hand = 4 * (4096 * 4096 + 2 * batch * 4096)
    print(f"{batch:3} {moved:,} {moved == by_hand}")
# --8<-- [end:bytes]


# --8<-- [start:intensity]
def intensity(layer: nn.Module, given: torch.Tensor) -> float:
    """Return floating-point operations per byte moved."""
    return flops(layer, given) / traffic(layer, given)


for batch in (1, 4, 16, 64, 256, 1024):
    given = torch.empty(batch, 4096, device="meta")
    print(f"{batch:5} {intensity(layer, given):6.1f}")
# --8<-- [end:intensity]

# --8<-- [start:conv]
conv = nn.Conv2d(64, 64, 3, padding=1, bias=False, device="meta")
image = torch.empty(1, 64, 56, 56, device="meta")
print(f"{flops(conv, image) == 2 * 64 * 64 * 3 * 3 * 56 * 56}")
print(f"{sum(size(weight) for weight in conv.parameters()):,} bytes")
print(f"{intensity(conv, image):.1f}")
# --8<-- [end:conv]

# --8<-- [start:dtypes]
single = torch.empty(1, 4096, device="meta")
operations = flops(layer, single)
activations = 2 * size(single)
for name, bits in (("fp32", 32), ("bf16", 16), ("int8", 8), ("int4", 4)):
    weights = 4096 * 4096 * bits // 8
    ratio = operations / (weights + activations)
    print(f"{name} {weights / 2**20:4.0f} MiB {ratio:4.1f} FLOP/byte")
# --8<-- [end:dtypes]

# --8<-- [start:launches]
from typing import Any

from torch.nn.functional import layer_norm
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class Ledger(TorchDispatchMode):
    """Count the operators that run and the bytes they read and write."""

    def __init__(self) -> None:
        super().__init__()
        self.launches = 0
        self.moved = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        self.launches += 1
        touched = {
            leaf.data_ptr(): size(leaf)  # `x * x` reads x once
            for leaf in tree_leaves((args, kwargs, result))
            if isinstance(leaf, torch.Tensor)
        }
        self.moved += sum(touched.values())
        return result


def by_hand(rows: torch.Tensor) -> torch.Tensor:
    """Normalize each row to mean 0 and variance 1, step by step."""
    centered = rows - rows.mean(-1, keepdim=True)
    variance = (centered * centered).mean(-1, keepdim=True)
    return centered * torch.rsqrt(variance + 1e-5)


torch.manual_seed(0)
rows = torch.randn(64, 1024)
with torch.inference_mode(), Ledger() as steps:
    slow = by_hand(rows)
with torch.inference_mode(), Ledger() as fused:
    fast = layer_norm(rows, (1024,))
print(f"largest difference below 1e-5: {(slow - fast).abs().max() < 1e-5}")
for name, ledger in (("by hand", steps), ("fused", fused)):
    print(f"{name:8} {ledger.launches} launches {ledger.moved:,} bytes")
print(f"{steps.moved / fused.moved:.1f} times the bytes")
# --8<-- [end:launches]


# --8<-- [start:amdahl]
def overall(share: float, faster: float) -> float:
    """Return the whole's speed-up (Amdahl 1967) from one part's."""
    return 1 / ((1 - share) + share / faster)


for share in (0.2, 0.6, 0.95):
    print(f"{share:4.0%} {overall(share, faster=4):.2f}")
# --8<-- [end:amdahl]
