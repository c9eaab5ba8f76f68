# --8<-- [start:reproduce]
import numpy as np

rng = np.random.default_rng(0)
runs = rng.exponential(scale=20.0, size=(8, 100))  # milliseconds
print("true p99:    ", round(-20.0 * np.log(0.01)))
print("measured p99:", np.quantile(runs, 0.99, axis=1).round().astype(int))
# --8<-- [end:reproduce]

# --8<-- [start:bound]
for count in (100, 299, 459):
    print(f"{count} requests: {1 - 0.99**count:.0%} reach beyond the p99")
# --8<-- [end:bound]


# --8<-- [start:fix]
from scipy.stats import quantile_test


def p99(latency: np.ndarray) -> str:
    """Return the p99 with its 95 % confidence interval."""
    test = quantile_test(latency, p=0.99)
    low, high = test.confidence_interval(0.95)
    bound = "unknown" if np.isnan(high) else f"{high:.0f}"
    return f"{np.quantile(latency, 0.99):.0f} ({low:.0f} to {bound})"


for count in (100, 1_000, 10_000, 100_000):
    print(f"{count:7,} requests: {p99(rng.exponential(20.0, count))}")
# --8<-- [end:fix]
