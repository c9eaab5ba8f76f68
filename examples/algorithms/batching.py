"""What a batch costs, what it gains, and which one to allow."""
# --8<-- [start:measure]
import time

import torch
from torch import nn

layers = [nn.Sequential(nn.Linear(64, 64), nn.ReLU()) for _ in range(8)]
mlp = nn.Sequential(*layers, nn.Linear(64, 10)).eval()


def fastest(model: nn.Module, batch: torch.Tensor) -> float:
    """Return the milliseconds of the least disturbed of 200 calls."""
    times = []
    with torch.inference_mode():
        for _ in range(200):
            start = time.perf_counter()
            model(batch)
            times.append(time.perf_counter() - start)
    return 1e3 * min(times)


ratio = fastest(mlp, torch.randn(64, 64)) / fastest(mlp, torch.randn(1, 64))
print("64 rows cost less than 8 times one row:", ratio < 8)
# --8<-- [end:measure]

# --8<-- [start:numbers]
sizes = (1, 2, 4, 8, 16, 32, 64)
milliseconds = {
    "mlp": (0.0807, 0.0867, 0.0842, 0.0872, 0.0937, 0.1050, 0.1301),
    "cnn": (0.0591, 0.1668, 0.1724, 0.1994, 0.2424, 0.3403, 0.5276),
}
# --8<-- [end:numbers]

# --8<-- [start:fit]
import numpy as np


def fit(sizes: np.ndarray, times: np.ndarray) -> tuple[float, float]:
    """Return a and c of T(b) = a + c·b, by least squares."""
    spread = sizes - sizes.mean()
    c = (spread * (times - times.mean())).sum() / (spread**2).sum()
    return float(times.mean() - c * sizes.mean()), float(c)


def report(name: str, first: int) -> tuple[float, float]:
    """Print the fit to the batches from `sizes[first]` on; return it."""
    batches = np.array(sizes[first:], dtype=float)
    times = np.array(milliseconds[name][first:])
    a, c = fit(batches, times)
    slope, offset = np.polyfit(batches, times, 1)
    agree = np.allclose((a, c), (offset, slope))
    error = times - (a + c * batches)
    determined = 1 - (error**2).sum() / ((times - times.mean())**2).sum()
    worst = (abs(error) / times).max()
    print(f"{name} from {sizes[first]}: a {a:.3f} ms, c {c:.5f} ms,"
          f" R² {determined:.3f}, off by {worst:.0%}, as NumPy {agree}")
    return a, c


a, c = report("mlp", first=0)
report("cnn", first=0)
a_cnn, c_cnn = report("cnn", first=1)
# --8<-- [end:fit]

# --8<-- [start:kernels]
from torch.profiler import profile

conv = nn.Conv2d(16, 32, 3, padding=1).eval()
kernels = {"aten::thnn_conv2d", "aten::mkldnn_convolution"}
for size in (1, 2):
    images = torch.randn(size, 16, 8, 8)
    with torch.inference_mode(), profile() as trace:
        conv(images)
    used = kernels & {event.name for event in trace.events()}
    print(f"batch {size}: {', '.join(used)}")
# --8<-- [end:kernels]


# --8<-- [start:throughput]
def throughput(batch: float, a: float, c: float) -> float:
    """Return rows per second of batches that follow one another."""
    return 1e3 * batch / (a + c * batch)


for name, offset, slope in (("mlp", a, c), ("cnn", a_cnn, c_cnn)):
    half = offset / slope
    shares = [slope * throughput(n * half, offset, slope) / 1e3
              for n in (1, 4, 9)]
    print(f"{name}: half of the limit at batch {half:.0f};",
          *(f"{share:.0%}" for share in shares))
# --8<-- [end:throughput]


# --8<-- [start:simulate]
def serve_batches(
    arrivals: np.ndarray, limit: int, wait: float, a: float, c: float
) -> tuple[np.ndarray, float]:
    """Return each request's latency and the mean size of a batch.

    A free server takes what waits, `limit` requests at most. If fewer
    wait, it stays idle until the oldest has waited for `wait`.
    """
    departures = np.empty_like(arrivals)
    free, taken, batches = 0.0, 0, 0
    while taken < len(arrivals):
        full = taken + limit - 1
        ready = arrivals[taken] + wait
        if full < len(arrivals):
            ready = min(ready, arrivals[full])
        start = max(free, ready)
        waiting = int(np.searchsorted(arrivals, start, side="right"))
        end = min(waiting, taken + limit)
        free = start + a + c * (end - taken)
        departures[taken:end] = free
        taken, batches = end, batches + 1
    return departures - arrivals, len(arrivals) / batches


rng = np.random.default_rng(0)
gaps = rng.exponential(1.0, 20_000)
alone = throughput(1, a, c) / 1e3  # rows per millisecond, batch of 1


def row(load: float, limit: int, wait: float = 0.0) -> tuple[float, float]:
    """Print and return p50 and p99 at a load in multiples of `alone`."""
    if 1e3 * load * alone > throughput(limit, a, c):
        print(f"{load:4} {limit:5} {wait:5}  overloaded")
        return np.inf, np.inf
    arrivals = np.cumsum(gaps / (load * alone))
    latency, size = serve_batches(arrivals, limit, wait, a, c)
    p50, p99 = np.quantile(latency, (0.5, 0.99)) / (a + c)
    print(f"{load:4} {limit:5} {wait:5} {size:5.1f} {p50:5.1f} {p99:5.1f}")
    return float(p50), float(p99)


print("load limit  wait  size   p50   p99")
by_limit = {(load, limit): row(load, limit)
            for load in (0.5, 0.9, 4.0, 20.0) for limit in (1, 8, 64)}
# --8<-- [end:simulate]

# --8<-- [start:wait]
by_wait = {(load, wait): row(load, 64, wait)
           for load in (0.5, 20.0) for wait in (0.0, 1.0)}
# --8<-- [end:wait]


# --8<-- [start:choose]
def limits(
    rate: float, budget: float, a: float, c: float
) -> tuple[int, int]:
    """Return the smallest and the largest sensible limit of a batch.

    `rate` is in requests per second, `budget`, `a` and `c` in
    milliseconds. Raise ValueError if no batch keeps up with the rate.
    """
    busy = rate * c / 1e3
    if busy >= 1:
        raise ValueError(f"{rate} requests/s exceed {1e3 / c:.0f}/s")
    least = int(np.ceil(rate * a / 1e3 / (1 - busy)))
    most = int((budget / 2 - a) / c)
    return max(1, least), min(most, sizes[-1])


for name, offset, slope in (("mlp", a, c), ("cnn", a_cnn, c_cnn)):
    least, most = limits(50_000, 1.0, offset, slope)
    print(f"{name}: from {least} to {most}")
# --8<-- [end:choose]

try:
    # --8<-- [start:too-much]
    limits(200_000, 1.0, a_cnn, c_cnn)
    # --8<-- [end:too-much]
except ValueError as error:
    print(error)
