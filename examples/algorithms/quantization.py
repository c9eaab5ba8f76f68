# --8<-- [start:mapping]
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Affine:
    """One affine mapping: integer = round(real / scale) + zero point.

    scale and zero_point broadcast against the tensor they describe.
    """

    scale: torch.Tensor
    zero_point: torch.Tensor
    low: int
    high: int

    def quantize(self, real: torch.Tensor) -> torch.Tensor:
        """Return integers (int32) in [low, high]."""
        steps = torch.round(real / self.scale).to(torch.int32)
        return (steps + self.zero_point).clamp(self.low, self.high)

    def dequantize(self, integers: torch.Tensor) -> torch.Tensor:
        """Return the real numbers that the integers stand for."""
        steps = integers.to(torch.int32) - self.zero_point
        return self.scale * steps

    def round_trip(self, real: torch.Tensor) -> torch.Tensor:
        """Return real as it is after quantizing and dequantizing."""
        return self.dequantize(self.quantize(real))


def asymmetric(
    smallest: torch.Tensor, largest: torch.Tensor, bits: int
) -> Affine:
    """Map [smallest, largest], widened to hold 0, to signed integers."""
    low, high = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    smallest = smallest.clamp(max=0.0)
    largest = largest.clamp(min=0.0)
    scale = (largest - smallest) / (high - low)
    zero_point = low - torch.round(smallest / scale).to(torch.int32)
    return Affine(scale, zero_point, low, high)


def symmetric(largest: torch.Tensor, bits: int) -> Affine:
    """Map [-largest, largest] to signed integers with zero point 0."""
    high = 2 ** (bits - 1) - 1
    scale = largest / high
    return Affine(scale, torch.zeros_like(scale, dtype=torch.int32),
                  -high, high)
# --8<-- [end:mapping]


# --8<-- [start:small]
values = torch.tensor([0.0, 0.13, 0.5, 1.0, 2.55])  # after a ReLU

asym = asymmetric(values.min(), values.max(), bits=8)
symm = symmetric(values.abs().max(), bits=8)
for name, mapping in (("asymmetric", asym), ("symmetric", symm)):
    integers = mapping.quantize(values)
    print(f"{name}: scale {mapping.scale:.5f},",
          f"zero point {mapping.zero_point}")
    print("  integers", integers.tolist())
    restored = mapping.dequantize(integers)
    print("  restored", [round(v, 3) for v in restored.tolist()])
# --8<-- [end:small]


# --8<-- [start:bound]
torch.manual_seed(0)
signal = torch.empty(100_000).uniform_(-1.0, 1.0)

for bits in (8, 4):
    mapping = symmetric(signal.abs().max(), bits)
    error = signal - mapping.round_trip(signal)
    worst = error.abs().max() / mapping.scale
    power = error.square().mean() / mapping.scale.square()
    print(f"{bits} bits: worst error {worst:.3f} s,",
          f"mean square {power:.4f} s^2 (1/12 = {1 / 12:.4f})")

outside = torch.tensor([1.5])
mapping = symmetric(torch.tensor(1.0), bits=8)
print("1.5 outside [-1, 1] comes back as", mapping.round_trip(outside).item())
# --8<-- [end:bound]


# --8<-- [start:sqnr]
import math


def sqnr(real: torch.Tensor, restored: torch.Tensor) -> float:
    """Return the signal-to-quantization-noise ratio in decibels."""
    noise = (real - restored).square().mean()
    return 10 * math.log10(real.square().mean() / noise)


def predicted_sqnr(real: torch.Tensor, bits: int) -> float:
    """Return what the formula says for a symmetric min-max mapping."""
    crest = real.abs().max() / real.square().mean().sqrt()
    levels = 2**bits - 1
    return (20 * math.log10(levels - 1)
            + 10 * math.log10(3) - 20 * math.log10(crest))


gaussian = torch.randn(100_000)
with_outlier = gaussian.clone()
with_outlier[0] = 40.0
signals = {
    "uniform": signal,
    "Gaussian": gaussian,
    "Gaussian, one outlier": with_outlier,
}
measured: dict[str, list[float]] = {}
predicted: dict[str, list[float]] = {}
for name, real in signals.items():
    measured[name] = []
    predicted[name] = []
    for bits in range(2, 13):
        mapping = symmetric(real.abs().max(), bits)
        measured[name].append(sqnr(real, mapping.round_trip(real)))
        predicted[name].append(predicted_sqnr(real, bits))
    print(f"{name}: 8 bits {measured[name][6]:.1f} dB,",
          f"formula {predicted[name][6]:.1f} dB,",
          f"one more bit {measured[name][7] - measured[name][6]:+.1f} dB")
# --8<-- [end:sqnr]


# --8<-- [start:plot]
import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt

ink = "#808080"
style = {
    "svg.fonttype": "none", "svg.hashsalt": "quantization",
    "font.family": "sans-serif", "text.color": ink,
    "axes.labelcolor": ink, "axes.edgecolor": ink,
    "xtick.color": ink, "ytick.color": ink,
}
with plt.rc_context(style):
    figure, axes = plt.subplots(figsize=(6.4, 4.0))
    colors = ("#3f7fbf", "#d9822b", "#2a9d6f")
    for color, name in zip(colors, signals):
        axes.plot(range(2, 13), predicted[name], color=color)
        axes.plot(range(2, 13), measured[name], "o", color=color,
                  label=name)
    axes.set_xlabel("bits")
    axes.set_ylabel("SQNR, dB")
    axes.grid(color=ink, alpha=0.25)
    axes.legend(frameon=False)
    figure.savefig("quantization-sqnr.svg", transparent=True,
                   bbox_inches="tight", metadata={"Date": None})
    plt.close(figure)
# --8<-- [end:plot]


# --8<-- [start:granularity]
torch.manual_seed(1)
weight = torch.randn(64, 256) * 0.05
weight[7] *= 20  # one output channel is much larger
weight[:, 100] *= 10  # and one input column in every channel

blocks = {
    "per tensor": weight.reshape(1, -1),
    "per channel": weight,
    "per group of 32": weight.reshape(-1, 32),
}
quiet = torch.arange(64) != 7
quiet_db: dict[str, float] = {}
bits_per_weight: dict[str, float] = {}
for name, block in blocks.items():
    largest = block.abs().amax(dim=1, keepdim=True)
    mapping = symmetric(largest, bits=4)
    restored = mapping.round_trip(block).reshape(weight.shape)
    quiet_db[name] = sqnr(weight[quiet], restored[quiet])
    scales = mapping.scale.numel()
    bits_per_weight[name] = 4 + 32 * scales / weight.numel()
    print(f"{name}: {sqnr(weight, restored):.1f} dB,",
          f"quiet channels {quiet_db[name]:.1f} dB,",
          f"{bits_per_weight[name]:.2f} bits per weight")
# --8<-- [end:granularity]


# --8<-- [start:library]
from torchao.quantization import (
    Int8WeightOnlyConfig,
    MappingType,
    choose_qparams_affine,
    dequantize_affine,
    quantize_,
    quantize_affine,
)

kinds = {
    MappingType.SYMMETRIC: (-127, 127),
    MappingType.ASYMMETRIC: (-128, 127),
}
shapes = {"tensor": (64, 256), "channel": (1, 256), "group": (1, 32)}
for kind, (low, high) in kinds.items():
    for name, block_size in shapes.items():
        scale, zero = choose_qparams_affine(
            weight, kind, block_size, torch.int8, low, high
        )
        integers = quantize_affine(
            weight, block_size, scale, zero, torch.int8, low, high
        )
        restored = dequantize_affine(
            integers, block_size, scale, zero, torch.int8, low, high
        )

        block = weight.reshape(-1, math.prod(block_size))
        if kind is MappingType.SYMMETRIC:
            ours = symmetric(block.abs().amax(1, keepdim=True), 8)
        else:
            ours = asymmetric(block.amin(1, keepdim=True),
                              block.amax(1, keepdim=True), 8)
        torch.testing.assert_close(ours.scale.flatten(), scale.flatten())
        assert torch.equal(ours.zero_point.flatten(), zero.flatten())
        own = ours.quantize(block).reshape(weight.shape)
        assert torch.equal(own, integers.to(torch.int32))
        torch.testing.assert_close(
            ours.dequantize(ours.quantize(block)).reshape(weight.shape),
            restored,
        )
        print(f"{kind.name.lower()} per {name}: agree on",
              f"{integers.numel()} integers, {scale.numel()} scales")
# --8<-- [end:library]


# --8<-- [start:quantize_]
linear = torch.nn.Linear(256, 64)
linear.load_state_dict({"weight": weight, "bias": torch.zeros(64)})
quantize_(linear, Int8WeightOnlyConfig())

largest = weight.abs().amax(dim=1, keepdim=True)
own = symmetric(largest, bits=8)
restored = linear.weight.dequantize()
print(type(linear.weight).__name__, linear.weight.qdata.dtype,
      tuple(linear.weight.scale.shape))
print(f"library {sqnr(weight, restored):.1f} dB,",
      f"ours {sqnr(weight, own.round_trip(weight)):.1f} dB")
# --8<-- [end:quantize_]
