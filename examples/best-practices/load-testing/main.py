# --8<-- [start:search]
import math
from collections.abc import Callable


def highest_rate(
    meets: Callable[[float], bool], low: float, high: float, step: float
) -> float:
    """The highest rate, to within `step`, at which the bound is met.

    Raises:
        ValueError: the bound is missed at `low`, or still met at `high`.
    """
    if not meets(low):
        raise ValueError(f"the bound is missed at {low} requests/s already")
    if meets(high):
        raise ValueError(f"the bound is still met at {high} requests/s")
    while high - low > step:
        middle = (low + high) / 2
        low, high = (middle, high) if meets(middle) else (low, middle)
    return low


# --8<-- [end:search]


# --8<-- [start:known]
def queue_p99(rate: float, served: float = 100) -> float:
    """p99 in seconds of an M/M/1 queue; rates in requests a second."""
    return math.log(100) / (served - rate) if rate < served else math.inf


found = highest_rate(lambda rate: queue_p99(rate) <= 0.1, 1, 200, 0.1)
print(f"found {found:.0f}, by the formula {100 - math.log(100) / 0.1:.0f}")
# --8<-- [end:known]

try:
    # --8<-- [start:outside]
    highest_rate(lambda rate: queue_p99(rate) <= 0.1, 1, 50, 0.1)
    # --8<-- [end:outside]
except ValueError as error:
    print(error)
