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
step = (y.max() - y.min()) / 255  # y holds negative values and 0
y_map = Affine(step, -128 - torch.round(y.min() / step).to(torch.int32))
multiplier = x_map.scale * w_map.scale / y_map.scale
shift = 31 - math.ceil(math.log2(multiplier.item()))
fixed = round(multiplier.item() * 2**shift)  # an int32
half = 1 << (shift - 1)
y_int = ((accumulators.to(torch.int64) * fixed + half) >> shift)
y_int = (y_int + y_map.zero_point).clamp(-128, 127).to(torch.int8)
print("y_int", y_int.tolist(), "fits int32:", fixed < 2**31)
print(f"worst error {(y_map.dequantize(y_int) - y).abs().max():.4f},",
      f"half a step {y_map.scale / 2:.4f}")
# --8<-- [end:requantize]


# --8<-- [start:overflow]
column = torch.full((1, 3), 100, dtype=torch.int8)
print("int8 accumulator ", (column @ column.T).item())
wide = column.to(torch.int32)
print("int32 accumulator", (wide @ wide.T).item())
print("terms that always fit", (2**31 - 1) // (128 * 128))
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
with torch.inference_mode():
    theirs = linear(rows)
print("weights", weight_int.dtype, "sums", sums.dtype)
print("as torchao's layer:", torch.allclose(ours, theirs, atol=1e-5))
# --8<-- [end:layer]
