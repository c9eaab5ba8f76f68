from collections.abc import Iterable
from pathlib import Path

import torch
from torch import nn

torch.set_num_threads(1)
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
    one = growth([(128, 128)] * 60)
    many = growth([(128 + i, 160 - i) for i in range(60)])
print("one size:     grew by more than 10 MB:", one > 10)
print("many sizes:   grew by more than 10 MB:", many > 10)
