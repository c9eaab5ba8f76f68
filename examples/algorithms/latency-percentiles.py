"""Percentiles: what they are, how many samples they need, how they lie."""
# --8<-- [start:percentile]
from math import ceil

import numpy as np


def percentile(samples: np.ndarray, q: float) -> float:
    """Return the smallest sample that a share `q` does not exceed."""
    return float(np.sort(samples)[ceil(q * len(samples)) - 1])


rng = np.random.default_rng(0)
latency = rng.lognormal(mean=3.0, sigma=0.8, size=1_000)
own = percentile(latency, 0.99)
same = own == np.quantile(latency, 0.99, method="inverted_cdf")
print(f"mean {latency.mean():.0f} ms, p50 {percentile(latency, 0.5):.0f},"
      f" p99 {own:.0f}, as NumPy {same}")
ten = latency[:10]
print(f"ten samples: p99 {np.quantile(ten, 0.99):.0f},"
      f" longest {ten.max():.0f}")
# --8<-- [end:percentile]

# --8<-- [start:average]
quick, slow = rng.exponential(10, 9_000), rng.exponential(200, 1_000)
each = [percentile(server, 0.99) for server in (quick, slow)]
together = percentile(np.concatenate([quick, slow]), 0.99)
balanced = percentile(np.concatenate([quick[:1_000], slow]), 0.99)
print(f"average of the two p99: {np.mean(each):.0f} ms")
print(f"p99 of all requests:    {together:.0f} ms")
print(f"p99 at equal shares:    {balanced:.0f} ms")
print(f"30 calls, one beyond its p99: {1 - 0.99**30:.0%}")
# --8<-- [end:average]

# --8<-- [start:interval]
from scipy.stats import binom, quantile_test


def ranks(count: int, q: float, confidence: float) -> tuple[int, int]:
    """Return the ranks, from 1, of samples that enclose the quantile `q`.

    Rank 0 or rank `count` + 1 says: this side has no bound.
    """
    outside = (1 - confidence) / 2
    low = int(binom.ppf(outside, count, q))
    high = int(binom.ppf(1 - outside, count, q)) + 1
    return low, high


for count in (100, 1_000, 10_000, 100_000):
    low, high = ranks(count, 0.99, 0.95)
    upper = f"p{100 * high / count:.2f}" if high <= count else "unknown"
    print(f"{count:7,} samples: p{100 * low / count:.2f} to {upper}")

low, high = ranks(1_000, 0.99, 0.95)
ordered = np.sort(latency)
test = quantile_test(latency, p=0.99).confidence_interval(0.95)
print(f"measured p99: {ordered[low - 1]:.0f} to {ordered[high - 1]:.0f} ms,",
      "as SciPy:", tuple(test) == (ordered[low - 1], ordered[high - 1]))
# --8<-- [end:interval]

# --8<-- [start:coverage]
true_p99 = -np.log(0.01)
runs = np.sort(rng.exponential(1.0, (2_000, 1_000)))
hit = (runs[:, low - 1] <= true_p99) & (true_p99 <= runs[:, high - 1])
print(f"independent requests: {hit.mean():.0%} of intervals hold the p99")
# --8<-- [end:coverage]

# --8<-- [start:queue]
load, count = 0.9, 1_000
gaps = rng.exponential(1 / load, (500, 10 * count))
services = rng.exponential(1.0, gaps.shape)
work = np.cumsum(services, axis=1)
arrivals = np.cumsum(gaps, axis=1)
departures = work + np.maximum.accumulate(
    arrivals - (work - services), axis=1
)
runs = np.sort((departures - arrivals)[:, -count:])
true_p99 = -np.log(0.01) / (1 - load)
hit = (runs[:, low - 1] <= true_p99) & (true_p99 <= runs[:, high - 1])
spread = np.quantile(runs[:, 989], (0.05, 0.95)) / true_p99
print(f"requests of one queue: {hit.mean():.0%} of intervals hold the p99")
print(f"a run's own p99: {spread[0]:.1f} to {spread[1]:.1f} of the true one")
# --8<-- [end:queue]

# --8<-- [start:mlperf]
from scipy.stats import norm


def samples_needed(q: float, confidence: float, margin: float) -> int:
    """Return how many samples place the quantile `q` within ± `margin`."""
    z = norm.ppf(1 - (1 - confidence) / 2)
    return round(z**2 * q * (1 - q) / margin**2)


for q in (0.90, 0.95, 0.97, 0.99):
    exact = samples_needed(q, 0.99, margin=(1 - q) / 20)
    rounded = ceil(exact / 2**13) * 2**13
    print(f"p{100 * q:.0f} {exact:7,} -> {rounded:7,}")
# --8<-- [end:mlperf]


# --8<-- [start:gate]
def may_exceed(count: int, q: float, confidence: float) -> int:
    """Return how many of `count` requests may be late; -1 if `count`
    is too small to show with `confidence` that a share `q` is in time.
    """
    late = int(binom.ppf(1 - confidence, count, 1 - q))
    if binom.cdf(late, count, 1 - q) > 1 - confidence:
        late -= 1
    return late


for count in (458, 459, 1_000, 10_000):
    print(f"{count:6,} requests: {may_exceed(count, 0.99, 0.99):3} late")
# --8<-- [end:gate]

# --8<-- [start:closed]
INTERVAL, SERVICE, COUNT = 10.0, 5.0, 6_000  # ms, ms, requests


def answered(sent: float, free: float) -> float:
    """Return when a request leaves a server that stalls once, for 2 s."""
    start = max(sent, free)
    if 30_000 <= start < 32_000:
        start = 32_000.0
    return start + SERVICE


def closed_loop() -> np.ndarray:
    """Wait for each answer, then for the next tick; time what was sent."""
    latency, now = [], 0.0
    for _ in range(COUNT):
        done = answered(now, now)
        latency.append(done - now)
        now = max(done, now + INTERVAL)
    return np.array(latency)


def open_loop() -> np.ndarray:
    """Send on schedule, and count from the scheduled time."""
    latency, free = [], 0.0
    for scheduled in np.arange(COUNT) * INTERVAL:
        free = answered(scheduled, free)
        latency.append(free - scheduled)
    return np.array(latency)


closed, scheduled = closed_loop(), open_loop()
for name, found in (("closed", closed), ("open", scheduled)):
    p50, p99 = (percentile(found, q) for q in (0.5, 0.99))
    print(f"{name:7} {(found > SERVICE).sum():4} slow, p50 {p50:.0f} ms,"
          f" p99 {p99:,.0f} ms, longest {found.max():,.0f} ms")
# --8<-- [end:closed]


# --8<-- [start:correct]
def fill_in(latency: np.ndarray, interval: float) -> np.ndarray:
    """Add the requests that a waiting client did not send."""
    missing = [
        np.arange(value - interval, interval, -interval)
        for value in latency[latency > interval]
    ]
    return np.concatenate([latency, *missing])


corrected = fill_in(closed, INTERVAL)
print(f"{len(corrected) - len(closed)} requests added,"
      f" p99 {percentile(corrected, 0.99):,.0f} ms")
# --8<-- [end:correct]
