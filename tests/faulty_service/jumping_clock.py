"""As `sitecustomize.py`: the wall clock of a process jumps by hours at each look at it."""

import itertools
import time

count = itertools.count()
true_time = time.time


def jumping_time() -> float:
    return true_time() + 3600 * (next(count) % 7 - 3)


time.time = jumping_time
