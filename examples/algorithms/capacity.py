"""From a latency target to servers, and from servers to money."""
# --8<-- [start:one]
from math import ceil, log


def most(service: float, target: float, share: float = 0.99) -> float:
    """Return the requests per second that one server may get.

    `service` is its mean time for a request and `target` the latency,
    both in seconds, that a `share` of the requests must not exceed.
    Raise ValueError if even a lone request is too slow for that.
    """
    rate = 1 / service - log(1 / (1 - share)) / target
    if rate <= 0:
        raise ValueError(f"{service} s a request cannot meet {target} s")
    return rate


service, target, peak = 0.012, 0.200, 500.0
rate = most(service, target)
needed = ceil(peak / rate)
print(f"{rate:.0f} requests/s a server, load {rate * service:.0%}")
print(f"{needed} servers for {peak:.0f} requests/s")
# --8<-- [end:one]

try:
    # --8<-- [start:never]
    most(service=0.050, target=0.200)
    # --8<-- [end:never]
except ValueError as error:
    print(error)

# --8<-- [start:queues]
import heapq

import numpy as np


def p99(
    arrivals: np.ndarray, services: np.ndarray, servers: int
) -> float:
    """Return the p99 in milliseconds of servers that share one queue."""
    free = [0.0] * servers
    latency = np.empty_like(arrivals)
    for index, arrival in enumerate(arrivals):
        done = max(free[0], arrival) + services[index]
        heapq.heapreplace(free, done)
        latency[index] = done - arrival
    return 1e3 * float(np.quantile(latency, 0.99))


rng = np.random.default_rng(0)
count = 400_000
gaps = rng.exponential(1 / peak, count)
varied = rng.exponential(service, count)
even = np.full(count, service)
print("servers formula  own queue  own, even  one queue")
for servers in (9, 8, 7):
    formula = 1e3 * log(100) / (1 / service - peak / servers)
    alone, together = np.cumsum(gaps * servers), np.cumsum(gaps)
    print(
        f"{servers:7} {formula:7.0f}",
        f"{p99(alone, varied, 1):10.0f} {p99(alone, even, 1):10.0f}",
        f"{p99(together, varied, servers):10.0f}",
    )
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
