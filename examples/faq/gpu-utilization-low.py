# --8<-- [start:simulate]
import heapq
import random

SECONDS = 200


def simulate(
    rate: float, gpu: float, cpu: float = 0.0, cpus: int = 1
) -> tuple[float, float, float]:
    """One GPU behind a few CPUs, and requests that come as they like.

    Args:
        rate: requests per second, independent of each other.
        gpu: seconds on the GPU per request.
        cpu: seconds on one of `cpus` before that, such as decoding.

    Returns:
        The share of the time in which the GPU works, the answers per
        second, and the 99th percentile of the latency in seconds.
    """
    draw = random.Random(0)
    free = [0.0] * cpus
    now = done = 0.0
    latencies = []
    while (now := now + draw.expovariate(rate)) < SECONDS:
        decoded = max(now, heapq.heappop(free)) + cpu
        heapq.heappush(free, decoded)
        done = max(done, decoded) + gpu
        if done < SECONDS:
            latencies.append(done - now)
    answered = len(latencies) / SECONDS
    latencies.sort()
    return answered * gpu, answered, latencies[99 * len(latencies) // 100]
# --8<-- [end:simulate]


# --8<-- [start:cases]
GPU, CPU = 0.010, 0.015  # seconds per request
print(f"{GPU * 1000:.0f} ms on the GPU, {CPU * 1000:.0f} ms of decoding")
measured = {}
for case, rate, cpu, cpus in [
    ("60/s", 60, 0.0, 1),
    ("90/s", 90, 0.0, 1),
    ("90/s, decoded by 1 CPU", 90, CPU, 1),
    ("90/s, decoded by 2 CPUs", 90, CPU, 2),
]:
    busy, answered, p99 = measured[case] = simulate(rate, GPU, cpu, cpus)
    wait = "grows" if answered < 0.95 * rate else f"{p99:.2f} s"
    print(f"{case:24} GPU {busy:3.0%}, {answered:2.0f} answers/s, p99 {wait}")
# --8<-- [end:cases]


# --8<-- [start:client]
elsewhere = 0.006  # seconds: network, JSON, decoding
for clients in (1, 2):
    share = min(1.0, clients * GPU / (GPU + elsewhere))
    print(f"clients: {clients}, GPU at most {share:.1%}")
# --8<-- [end:client]
