# --8<-- [start:mapping]
import math
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Affine:
    """One affine mapping: integer = round(real / scale) + zero point."""

    scale: torch.Tensor
    zero_point: torch.Tensor
    low: int = -128
    high: int = 127

    def quantize(self, real: torch.Tensor) -> torch.Tensor:
        """Return integers (int32) in [low, high]."""
        steps = torch.round(real / self.scale).to(torch.int32)
        return (steps + self.zero_point).clamp(self.low, self.high)

    def dequantize(self, integers: torch.Tensor) -> torch.Tensor:
        """Return the real numbers that the integers stand for."""
        return self.scale * (integers.to(torch.int32) - self.zero_point)
# --8<-- [end:mapping]


# --8<-- [start:by-hand]
x = torch.tensor([[1.0, 0.5], [0.0, 2.0]])
w = torch.tensor([[0.5, -1.0], [0.25, 0.75]])

x_map = Affine(torch.tensor(0.5), torch.tensor(-2))
w_map = Affine(torch.tensor(0.25), torch.tensor(0), low=-127)
x_int, w_int = x_map.quantize(x), w_map.quantize(w)
print("x_int", x_int.tolist(), "w_int", w_int.tolist())

products = x_int @ w_int.T  # int32
correction = x_map.zero_point * w_int.sum(1, dtype=torch.int32)
accumulators = products - correction
print("products", products.tolist(), "correction", correction.tolist())
print("accumulators", accumulators.tolist(), accumulators.dtype)

y = x_map.scale * w_map.scale * accumulators
print("y", y.tolist(), "equal to x @ w.T:", torch.equal(y, x @ w.T))
# --8<-- [end:by-hand]


# --8<-- [start:requantize]
def fixed_point(multiplier: float) -> tuple[int, int]:
    """Return an int32 and a shift: multiplier = int32 / 2**shift.

    The int32 has 31 significant bits, as in gemmlowp and TFLite.
    """
    mantissa, exponent = math.frexp(multiplier)  # mantissa in [0.5, 1)
    fixed = round(mantissa * 2**31)
    if fixed == 2**31:  # rounded up to 1.0, which no int32 holds
        fixed, exponent = fixed // 2, exponent + 1
    return fixed, 31 - exponent


parts = {m: fixed_point(m) for m in (0.5, 0.3, 0.25, 1 - 1e-10)}
for multiplier, (fixed, shift) in parts.items():
    print(f"{multiplier:.10f} = {fixed} / 2^{shift}")

step = (y.max() - y.min()) / 255  # y holds negative values and 0
y_map = Affine(step, -128 - torch.round(y.min() / step).to(torch.int32))
multiplier = (x_map.scale * w_map.scale / y_map.scale).item()
fixed, shift = fixed_point(multiplier)
half = 1 << (shift - 1)
y_int = (accumulators.to(torch.int64) * fixed + half) >> shift
y_int = (y_int + y_map.zero_point).clamp(-128, 127).to(torch.int8)
worst = (y_map.dequantize(y_int) - y).abs().max().item()
half_step = y_map.scale.item() / 2
print("y_int", y_int.tolist())
print(f"worst error {worst:.4f}, half a step {half_step:.4f}")
# --8<-- [end:requantize]


# --8<-- [start:overflow]
column = torch.full((1, 3), 100, dtype=torch.int8)
narrow = column @ column.T
wide = torch._int_mm(column, column.T)
print(f"@        {narrow.item():6} {narrow.dtype}")
print(f"_int_mm  {wide.item():6} {wide.dtype}")
print("terms that always fit int32:", (2**31 - 1) // (128 * 128))
print("int16 holds", 2**15 - 1, "and a pair of products takes up to",
      2 * 255 * 127, "with 8 bits,", 2 * 127 * 127, "with 7")
# --8<-- [end:overflow]


# --8<-- [start:layer]
from torchao.quantization import (
    Int8DynamicActivationInt8WeightConfig,
    quantize_,
)

torch.manual_seed(0)
linear = torch.nn.Linear(64, 10, bias=False)
rows = torch.randn(4, 64)
quantize_(linear, Int8DynamicActivationInt8WeightConfig())
weight_int, weight_scale = linear.weight.qdata, linear.weight.scale

row_scale = rows.abs().amax(1, keepdim=True) / 127.5
rows_int = torch.round(rows / row_scale).clamp(-128, 127)
sums = rows_int.to(torch.int32) @ weight_int.to(torch.int32).T
ours = sums * row_scale * weight_scale.T
with torch.inference_mode(), torch.profiler.profile() as profile:
    theirs = linear(rows)
products = [row.key for row in profile.key_averages() if "mm" in row.key]
layer_error = (ours - theirs).abs().max().item() / theirs.abs().max().item()
print("weights", weight_int.dtype, "sums", sums.dtype)
print("relative difference", "below" if layer_error < 1e-5 else "above", 1e-5)
print("the matrix product that it calls:", *products)
# --8<-- [end:layer]
