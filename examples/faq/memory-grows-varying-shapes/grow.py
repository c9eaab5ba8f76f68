from collections.abc import Iterable
from pathlib import Path

import torch
from torch import nn

model = nn.Sequential(
    nn.Conv2d(3, 16, 3), nn.ReLU(), nn.Conv2d(16, 16, 3)
).eval()


def megabytes() -> float:
    """What this process holds in memory."""
    lines = Path("/proc/self/status").read_text().splitlines()
    resident = next(line for line in lines if line.startswith("VmRSS"))
    return int(resident.split()[1]) / 1024


def growth(sizes: Iterable[tuple[int, int]]) -> float:
    before = megabytes()
    for size in sizes:
        model(torch.zeros(1, 3, *size))
    return megabytes() - before


with torch.inference_mode():
    model(torch.zeros(1, 3, 160, 160))
    one = growth([(160, 160)] * 100)
    many = growth([(64 + i, 160 - i // 2) for i in range(100)])
print("one size:     grew by more than 30 MB:", one > 30)
print("many sizes:   grew by more than 30 MB:", many > 30)
