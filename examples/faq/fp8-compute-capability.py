# --8<-- [start:cards]
def fp8_support(capability: tuple[int, int]) -> str:
    """What vLLM does with an fp8 checkpoint on such a GPU."""
    if capability >= (8, 9):
        return "multiplies in fp8"
    if capability >= (7, 5):
        return "stores fp8, multiplies in 16 bits"
    return "refuses it"


CARDS = {
    "V100": (7, 0),
    "T4, RTX 2080": (7, 5),
    "A100": (8, 0),
    "A10, RTX 3090": (8, 6),
    "L4, L40S, RTX 4090": (8, 9),
    "H100, H200": (9, 0),
    "RTX 5090": (12, 0),
}
for card, capability in CARDS.items():
    version = ".".join(map(str, capability))
    print(f"{card:20}{version:>4}  {fp8_support(capability)}")
# --8<-- [end:cards]

# --8<-- [start:store]
import torch

torch.manual_seed(0)
weight = torch.randn(32, 64)
scale = weight.abs().max() / torch.finfo(torch.float8_e4m3fn).max
stored = (weight / scale).to(torch.float8_e4m3fn)
print(stored.dtype, "bytes per weight:", stored.element_size())
# --8<-- [end:store]

try:
    # --8<-- [start:fails]
    stored + stored
    # --8<-- [end:fails]
except NotImplementedError as error:
    print(error)

# --8<-- [start:weight-only]
x = torch.randn(16, 64)
exact = x @ weight.T
close = x @ (stored.to(x.dtype) * scale).T  # converted, then multiplied
error = ((close - exact).norm() / exact.norm()).item()
print(f"relative error: {error:.1%}")
# --8<-- [end:weight-only]

# --8<-- [start:scaled]
one = torch.tensor(1.0)
both = torch._scaled_mm(
    x.to(torch.float8_e4m3fn), stored.T,
    scale_a=one, scale_b=scale, out_dtype=torch.float32,
)
error_both = ((both - exact).norm() / exact.norm()).item()
print(f"relative error: {error_both:.1%}")
# --8<-- [end:scaled]

# --8<-- [start:half]
for dtype in (torch.bfloat16, torch.float16):
    name = str(dtype).removeprefix("torch.")
    print(f"{name:8} up to {torch.finfo(dtype).max:.2e}")
large = torch.tensor(70000.0, dtype=torch.bfloat16)
print("70000 becomes", large.half().item())
# --8<-- [end:half]
