"""From a latency target to servers, and from servers to money."""
# --8<-- [start:one]
from math import ceil, log


def most(service: float, target: float, share: float = 0.99) -> float:
    """Return the requests per second that one M/M/1 server may get.

    `service` is its mean time for a request and `target` the latency,
    both in seconds, that a `share` of the requests must not exceed.
    Return 0 if even an idle server would be too late for that.
    """
    return max(0.0, 1 / service - log(1 / (1 - share)) / target)


service, target, peak = 0.012, 0.200, 500.0
rate = most(service, target)
needed = ceil(peak / rate)
print(f"{rate:.0f} requests/s per server, load {rate * service:.0%}")
print(f"{needed} servers for {peak:.0f} requests/s")
# --8<-- [end:one]

# --8<-- [start:measured]
import numpy as np


def latencies(arrivals: np.ndarray, services: np.ndarray) -> np.ndarray:
    """Return latencies at one server, first come first served."""
    work = np.cumsum(services)
    free = np.maximum.accumulate(arrivals - work + services)
    return work + free - arrivals


rng = np.random.default_rng(0)
count = 400_000
gaps = rng.exponential(1.0, count)
slow = 0.050
samples = {0.0: np.full(count, slow)}  # or draw from those you measured
for variability in (0.1, 0.5, 1.0):
    times = rng.gamma(1 / variability, slow * variability, count)
    samples[variability] = times
highest, apart = {}, {}
for variability, times in samples.items():
    highest[variability] = 0.0
    for load in np.arange(0.05, 1.0, 0.05):
        latency = latencies(np.cumsum(gaps) * slow / load, times)
        if (latency <= target).mean() >= 0.99:
            highest[variability] = load
    if highest[variability]:
        apart[variability] = ceil(peak * slow / highest[variability])
    print(f"C² {variability}: load up to {highest[variability]:3.0%},",
          f"{apart.get(variability, 'no')} servers")
print("M/M/1 formula:", f"{most(slow, target):.0f} requests/s per server")
# --8<-- [end:measured]

# --8<-- [start:queues]
import heapq


def shared(
    arrivals: np.ndarray, services: np.ndarray, servers: int
) -> np.ndarray:
    """Return latencies at servers that share one queue."""
    free = [0.0] * servers
    latency = np.empty_like(arrivals)
    for index, arrival in enumerate(arrivals):
        done = max(free[0], arrival) + services[index]
        heapq.heapreplace(free, done)
        latency[index] = done - arrival
    return latency


kinds = {
    "varied": rng.exponential(service, count),
    "even": np.full(count, service),
}
own: dict[tuple[str, int], float] = {}  # p99 / target, one queue per server
one: dict[tuple[str, int], float] = {}  # p99 / target, one queue for all
formula: dict[int, float] = {}
print("servers  M/M/1  own: varied even  one: varied even")
for servers in (9, 8, 7):
    formula[servers] = log(100) / (1 / service - peak / servers) / target
    arrivals = np.cumsum(gaps) / peak
    for kind, times in kinds.items():
        alone = latencies(arrivals * servers, times)
        together = shared(arrivals, times, servers)
        own[kind, servers] = np.quantile(alone, 0.99) / target
        one[kind, servers] = np.quantile(together, 0.99) / target
    print(
        f"{servers:7} {formula[servers]:6.0%}",
        f"{own['varied', servers]:12.0%} {own['even', servers]:4.0%}",
        f"{one['varied', servers]:12.0%} {one['even', servers]:4.0%}",
    )

fewest = {}
for variability in apart:
    times = samples[variability][:100_000]
    arrivals = np.cumsum(gaps[:100_000]) / peak
    servers = ceil(peak * slow) + 1  # fewer are overloaded
    while (shared(arrivals, times, servers) <= target).mean() < 0.99:
        servers += 1
    fewest[variability] = servers
    print(f"50 ms, C² {variability}: {apart[variability]} with own queues,"
          f" {servers} with one")
# --8<-- [end:queues]

# --8<-- [start:cost]
price = 0.10  # assumption: a server for an hour, in your currency
mean_rate = 200.0  # assumption: requests/s, averaged over day and night


def cost(servers: int, rate: float) -> float:
    """Return what a million predictions cost at a mean `rate`."""
    return 1e6 * servers * price / (3600 * rate)


for servers in (needed + 1, 7 + 1):
    used = mean_rate * service / servers
    print(f"{servers} servers: {cost(servers, mean_rate):.2f},"
          f" busy {used:.0%}")
print(f"one server, never idle: {cost(1, 1 / service):.2f}")
# --8<-- [end:cost]
