# --8<-- [start:data]
import math

import torch

torch.manual_seed(0)
laplace = torch.distributions.Laplace(0.0, 1.0)
calibration = laplace.sample((200_000,))
calibration[:4] = torch.tensor([60.0, -55.0, 50.0, -45.0])
fresh = laplace.sample((200_000,))


def round_trip(
    real: torch.Tensor, threshold: float, bits: int
) -> torch.Tensor:
    """Quantize symmetrically, clipping at +-threshold, and back."""
    high = 2 ** (bits - 1) - 1
    scale = threshold / high
    steps = torch.round(real / scale).clamp(-high, high)
    return steps * scale


def sqnr(real: torch.Tensor, restored: torch.Tensor) -> float:
    """Return the signal-to-quantization-noise ratio in decibels."""
    noise = (real - restored).square().mean()
    return 10 * math.log10(real.square().mean() / noise)


print(f"largest {calibration.abs().max():.0f},",
      f"99.9 % are below {calibration.abs().quantile(0.999):.0f}")
# --8<-- [end:data]


# --8<-- [start:methods]
def min_max(real: torch.Tensor, bits: int) -> float:
    """Clip nothing: the threshold is the largest magnitude."""
    return real.abs().max().item()


def percentile(
    real: torch.Tensor, bits: int, keep: float = 0.9999
) -> float:
    """Clip all but the fraction keep of the magnitudes."""
    return real.abs().quantile(keep).item()


def least_squares(
    real: torch.Tensor, bits: int, candidates: int = 200
) -> float:
    """Try thresholds and keep the one with the least mean square error."""
    largest = real.abs().max().item()
    thresholds = [
        largest * (k + 1) / candidates for k in range(candidates)
    ]
    errors = [
        (real - round_trip(real, threshold, bits)).square().mean()
        for threshold in thresholds
    ]
    return thresholds[int(torch.stack(errors).argmin())]
# --8<-- [end:methods]


# --8<-- [start:theory]
def laplace_error(threshold: float, bits: int) -> float:
    """Return the expected square error for Laplace(0, 1) data."""
    clipping = 2 * math.exp(-threshold)
    rounding = threshold**2 / (3 * 4**bits)
    return clipping + rounding


def laplace_optimum(bits: int) -> float:
    """Return the threshold at which the derivative is zero."""
    low, high = 0.0, 30.0
    while high - low > 1e-6:
        middle = (low + high) / 2
        slope = 2 * middle / (3 * 4**bits) - 2 * math.exp(-middle)
        low, high = (middle, high) if slope < 0 else (low, middle)
    return low


for bits in (2, 3, 4, 8):
    print(f"{bits} bits: formula {laplace_optimum(bits):.2f}")

best = laplace_optimum(8)
expected = 10 * math.log10(2 / laplace_error(best, 8))
reached = sqnr(fresh, round_trip(fresh, best, 8))
searched = least_squares(fresh, 8)
print(f"search {searched:.1f}, formula {best:.1f};",
      f"SQNR {reached:.1f} dB, formula {expected:.1f} dB")
# --8<-- [end:theory]


# --8<-- [start:entropy]
def merge(counts: torch.Tensor, levels: int) -> torch.Tensor:
    """Return counts as levels steps would hold them, spread back.

    Each step's total is shared equally by its bins that are not empty.
    """
    width = len(counts) // levels
    step = (torch.arange(len(counts)) // width).clamp(max=levels - 1)
    filled = (counts > 0).to(counts.dtype)
    totals = torch.zeros(levels).index_add(0, step, counts)
    sharers = torch.zeros(levels).index_add(0, step, filled)
    return filled * (totals / sharers.clamp(min=1))[step]


def entropy(
    real: torch.Tensor, bits: int, bins: int = 2048
) -> float:
    """Return the threshold with the least KL divergence."""
    magnitudes = real.abs()
    largest = magnitudes.max().item()
    counts = torch.histc(magnitudes, bins, 0.0, largest)
    levels = 2 ** (bits - 1)
    least, best = math.inf, bins
    for kept in range(levels, bins + 1):
        reference = counts[:kept].clone()
        candidate = merge(reference, levels)
        reference[-1] += counts[kept:].sum()  # what clipping moves there
        if reference[-1] > 0 and candidate[-1] == 0:
            continue  # the divergence is infinite
        p = reference / reference.sum()
        q = candidate / candidate.sum()
        used = p > 0
        divergence = (p[used] * (p[used] / q[used]).log()).sum().item()
        if divergence < least:
            least, best = divergence, kept
    return best * largest / bins
# --8<-- [end:entropy]


# --8<-- [start:compare]
methods = {
    "min-max": min_max,
    "percentile 99.99": percentile,
    "least squares": least_squares,
    "entropy (KL)": entropy,
}
thresholds: dict[int, dict[str, float]] = {8: {}, 4: {}}
seen_db: dict[int, dict[str, float]] = {8: {}, 4: {}}
fresh_db: dict[int, dict[str, float]] = {8: {}, 4: {}}
for bits in (8, 4):
    print(f"{bits} bits: threshold, calibration set, fresh data")
    for name, method in methods.items():
        threshold = method(calibration, bits)
        seen = sqnr(calibration, round_trip(calibration, threshold, bits))
        new = sqnr(fresh, round_trip(fresh, threshold, bits))
        print(f"  {name}: {threshold:.1f}, {seen:.1f} dB, {new:.1f} dB")
        thresholds[bits][name] = threshold
        seen_db[bits][name], fresh_db[bits][name] = seen, new
# --8<-- [end:compare]


# --8<-- [start:sample-size]
from statistics import fmean

mean_largest: dict[int, float] = {}
mean_kept: dict[int, float] = {}
for size in (100, 1_000, 10_000):
    samples = fresh[:100_000].split(size)
    mean_largest[size] = fmean(min_max(s, 8) for s in samples)
    mean_kept[size] = fmean(percentile(s, 8, 0.99) for s in samples)
    harmonic = sum(1 / k for k in range(1, size + 1))
    print(f"{size} values: min-max {mean_largest[size]:.1f},",
          f"formula {harmonic:.1f};",
          f"99th percentile {mean_kept[size]:.1f}")
# --8<-- [end:sample-size]


# --8<-- [start:library]
from torchao.quantization.pt2e import HistogramObserver, MinMaxObserver

observed: dict[tuple[str, str], float] = {}
for observer_class in (MinMaxObserver, HistogramObserver):
    for name, data in (("calibration", calibration), ("fresh", fresh)):
        observer = observer_class(
            dtype=torch.int8, qscheme=torch.per_tensor_symmetric,
            quant_min=-127, quant_max=127,
        )
        for batch in data.split(20_000):
            observer(batch)
        scale, zero_point = observer.calculate_qparams()
        threshold = scale.item() * 127
        observed[observer_class.__name__, name] = threshold
        quality = sqnr(fresh, round_trip(fresh, threshold, 8))
        print(f"{observer_class.__name__} on {name}:",
              f"threshold {threshold:.1f}, {quality:.1f} dB")
        if observer_class is MinMaxObserver:
            assert math.isclose(threshold, min_max(data, 8), rel_tol=1e-6)
# --8<-- [end:library]


# --8<-- [start:library-entropy]
import numpy as np
from onnxruntime.quantization.calibrate import HistogramCollector

largest = fresh.abs().max().item()
counts, edges = np.histogram(
    fresh.numpy(), bins=2049, range=(-largest, largest)
)
collector = HistogramCollector(
    "entropy", symmetric=True, num_bins=2049,
    num_quantized_bins=255, percentile=99.99, scenario=None,
)
_, theirs, *_ = collector.get_entropy_threshold(
    (counts, edges, -largest, largest), 255
)
ours = entropy(fresh, 8, bins=1024)
their_db = sqnr(fresh, round_trip(fresh, float(theirs), 8))
our_db = sqnr(fresh, round_trip(fresh, ours, 8))
print(f"ONNX Runtime {theirs:.1f}, ours {ours:.1f};",
      f"{their_db:.1f} dB, {our_db:.1f} dB")
# --8<-- [end:library-entropy]
