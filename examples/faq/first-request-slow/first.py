import resource

import torch
from torch import nn

model = nn.Sequential(
    nn.Conv2d(3, 16, 3), nn.ReLU(), nn.Conv2d(16, 8, 3)
).eval()


def pages(height: int) -> int:
    """Pages of memory that one call asks the kernel for."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    with torch.inference_mode():
        model(torch.zeros(1, 3, height, 64))
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


first, *later = (pages(64) for _ in range(4))
other, *_ = (pages(256) for _ in range(2))
print(
    "the first call takes more than the next three together:",
    first > sum(later),
)
print("a larger shape takes memory again:", other > max(later))
