"""The seed is set, and the results still differ"""
# --8<-- [start:sum]
import torch

torch.manual_seed(0)
values = torch.rand(1_000_000)
sums = []
for threads in (1, 2):
    torch.set_num_threads(threads)
    sums.append(values.sum().item())
print("sums:", sums)
print("apart, relative:", abs(sums[0] - sums[1]) / sums[0])
# --8<-- [end:sum]


# --8<-- [start:seeds]
import random

import numpy as np


def seed_everything(seed: int) -> None:
    """Seed the three generators that PyTorch programs use."""
    random.seed(seed)
    np.random.seed(seed)  # not those of np.random.default_rng()
    torch.manual_seed(seed)  # the CPU's and every GPU's


def three_numbers() -> list[float]:
    numbers = [random.random(), np.random.rand(), torch.rand(1).item()]
    return [round(number, 3) for number in numbers]


torch.manual_seed(0)
first = three_numbers()
torch.manual_seed(0)
equal = [a == b for a, b in zip(first, three_numbers(), strict=True)]
print("torch.manual_seed:", equal)
seed_everything(0)
first = three_numbers()
seed_everything(0)
equal = [a == b for a, b in zip(first, three_numbers(), strict=True)]
print("seed_everything:  ", equal)
# --8<-- [end:seeds]

try:
    # --8<-- [start:raises]
    torch.use_deterministic_algorithms(True)
    pooled, indices = torch.nn.MaxPool2d(2, return_indices=True)(
        torch.rand(1, 1, 4, 4)
    )
    torch.nn.MaxUnpool2d(2)(pooled, indices)
    # --8<-- [end:raises]
except RuntimeError as error:
    print(error)

# --8<-- [start:loader]
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

torch.use_deterministic_algorithms(False)


class Noisy(Dataset[Tensor]):
    """Eight samples with noise, as an augmentation would add it."""

    def __init__(self, per_sample: bool) -> None:
        self.per_sample = per_sample

    def __len__(self) -> int:
        return 8

    def __getitem__(self, index: int) -> Tensor:
        if self.per_sample:
            own = torch.Generator().manual_seed(1000 + index)
            return torch.rand(1, generator=own)
        return torch.rand(1)


def epoch(workers: int, per_sample: bool) -> list[float]:
    torch.manual_seed(0)
    loader = DataLoader(Noisy(per_sample), num_workers=workers)
    return [batch.item() for batch in loader]


for per_sample in (False, True):
    once = epoch(1, per_sample)
    print(f"seed per sample: {per_sample!s:6}"
          f"again: {epoch(1, per_sample) == once!s:6}"
          f"two workers: {epoch(2, per_sample) == once}")
# --8<-- [end:loader]
