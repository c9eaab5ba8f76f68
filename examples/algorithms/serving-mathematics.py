"""Little's law, queueing and Amdahl's law, each checked by simulation."""
# --8<-- [start:trace]
import numpy as np


def serve(arrivals: np.ndarray, services: np.ndarray) -> np.ndarray:
    """Return when each request leaves one server, first come first served.

    Both arguments are in seconds: when each request arrives, ascending,
    and how long the server needs for it once it has started.
    """
    departures = np.empty_like(arrivals)
    free = 0.0
    for index, arrival in enumerate(arrivals):
        free = max(free, arrival) + services[index]
        departures[index] = free
    return departures


rng = np.random.default_rng(0)
arrivals = np.cumsum(rng.exponential(1 / 40, 100_000))
services = rng.exponential(0.020, 100_000)
departures = serve(arrivals, services)
latency = departures - arrivals
print(f"busy:    {services.sum() / departures[-1]:.0%}")
print(f"service: {1e3 * services.mean():4.0f} ms")
print(f"latency: {1e3 * latency.mean():4.0f} ms")
# --8<-- [end:trace]


# --8<-- [start:little]
def in_flight(arrivals: np.ndarray, departures: np.ndarray) -> float:
    """Return how many requests are inside, averaged over time."""
    times = np.concatenate([arrivals, departures])
    changes = np.repeat([1, -1], len(arrivals))
    order = np.argsort(times)
    inside = np.cumsum(changes[order])
    elapsed = np.diff(times[order])
    return float(np.sum(inside[:-1] * elapsed) / np.sum(elapsed))


bursts = np.sort(rng.integers(0, 3600, 20_000)).astype(float)
any_order = bursts + rng.lognormal(-1.0, 1.5, 20_000)
for name, start, end in (
    ("one queue", arrivals, departures),
    ("bursts, any order", bursts, any_order),
):
    rate = len(start) / (end.max() - start.min())
    product = rate * (end - start).mean()
    print(f"{name:18} {in_flight(start, end):.3f} {product:.3f}")
# --8<-- [end:little]


# --8<-- [start:vectorized]
def serve_fast(arrivals: np.ndarray, services: np.ndarray) -> np.ndarray:
    """Return what `serve` does, without its loop.

    A request that finds the server idle starts a busy period. The latest
    such start, plus the work since, is when a request leaves.
    """
    work = np.cumsum(services)
    return work + np.maximum.accumulate(arrivals - (work - services))


difference = np.abs(serve_fast(arrivals, services) - departures).max()
print(f"largest difference: {difference:.6f} s")
# --8<-- [end:vectorized]


# --8<-- [start:formula]
def slowdown(load: float, variability: float) -> float:
    """Return mean latency in multiples of the mean service time."""
    return 1 + load / (1 - load) * (1 + variability) / 2


count = 2_000_000
gaps = rng.exponential(1.0, count)
kinds = {
    "constant": np.ones(count),
    "exponential": rng.exponential(1.0, count),
    "one in ten long": np.where(rng.random(count) < 0.1, 5.5, 0.5),
}
loads = (0.5, 0.7, 0.8, 0.9, 0.95)
simulated: dict[str, list[float]] = {}
print(f"{'load':15}", *(f"{load:11.0%}" for load in loads))
for name, services in kinds.items():
    simulated[name] = []
    cells = []
    for load in loads:
        arrivals = np.cumsum(gaps / load)
        latency = serve_fast(arrivals, services) - arrivals
        simulated[name].append(float(latency.mean()))
        expected = slowdown(load, services.var())
        cells.append(f"{expected:5.1f}/{latency.mean():5.1f}")
    print(f"{name:15}", *cells)
# --8<-- [end:formula]

# --8<-- [start:plot]
import matplotlib.pyplot as plt

plt.rcParams |= {
    "svg.fonttype": "none",
    "svg.hashsalt": "queueing",
    "font.family": "sans-serif",
    "text.color": "#808080",
    "axes.edgecolor": "#808080",
    "axes.labelcolor": "#808080",
    "xtick.color": "#808080",
    "ytick.color": "#808080",
}
figure, axes = plt.subplots(figsize=(7, 4))
line = np.linspace(0, 0.96, 200)
for (name, services), color, marker in zip(
    kinds.items(), ("#2a9d6f", "#3f7fbf", "#d9822b"), "sod"
):
    curve = [slowdown(load, services.var()) for load in line]
    axes.plot(line, curve, color=color, label=name)
    axes.plot(loads, simulated[name], marker, color=color)
axes.set_xlabel("load: the share of time the server is busy")
axes.set_ylabel("mean latency, in service times")
axes.set_ylim(0, 36)
axes.legend(frameon=False)
axes.spines[["top", "right"]].set_visible(False)
figure.savefig(
    "queueing.svg", transparent=True, bbox_inches="tight",
    metadata={"Date": None},
)
print(len(axes.lines), "lines drawn")
# --8<-- [end:plot]


# --8<-- [start:sharing]
import heapq


def serve_sharing(arrivals: np.ndarray, services: np.ndarray) -> np.ndarray:
    """Return departures from a server that works on all requests at once.

    Each of n requests inside gets 1/n of its speed (processor sharing).
    """
    departures = np.empty_like(arrivals)
    inside: list[tuple[float, int]] = []  # work per head at the end, index
    now = work = 0.0  # work: what a request inside since the start has got
    for index, arrival in enumerate([*arrivals, np.inf]):
        while inside:
            end = now + (inside[0][0] - work) * len(inside)
            if end > arrival:
                work += (arrival - now) / len(inside)
                break
            now, (work, leaver) = end, heapq.heappop(inside)
            departures[leaver] = now
        if index < len(services):
            now = arrival
            heapq.heappush(inside, (work + services[index], index))
    return departures


mean: dict[tuple[str, str], float] = {}
p99: dict[tuple[str, str], float] = {}
arrivals = np.cumsum(gaps[:200_000] / 0.8)
print("80% load         in order: mean, p99   sharing: mean, p99")
for name, services in kinds.items():
    print(f"{name:15}", end="")
    for how in (serve_fast, serve_sharing):
        latency = how(arrivals, services[:200_000]) - arrivals
        key = name, how.__name__
        mean[key], p99[key] = latency.mean(), np.quantile(latency, 0.99)
        print(f"{mean[key]:14.1f} {p99[key]:6.0f}", end="")
    print()
# --8<-- [end:sharing]


# --8<-- [start:amdahl]
def both(services: np.ndarray, rate: float) -> tuple[float, float]:
    """Return mean service and mean latency in milliseconds."""
    arrivals = np.cumsum(gaps / rate)
    latency = serve_fast(arrivals, services) - arrivals
    return 1e3 * services.mean(), 1e3 * latency.mean()


decode = 0.008 * kinds["exponential"]
model = 0.012 * rng.permutation(kinds["exponential"])
before = both(decode + model, rate=40)
for faster in (2, 4, 1_000_000):
    after = both(decode + model / faster, rate=40)
    gains = [old / new for old, new in zip(before, after)]
    bound = 1 / (0.4 + 0.6 / faster)
    print(
        f"model {faster:9,} × faster: service {gains[0]:.2f} ×"
        f" (Amdahl {bound:.2f}), latency {gains[1]:.1f} ×"
    )
# --8<-- [end:amdahl]
