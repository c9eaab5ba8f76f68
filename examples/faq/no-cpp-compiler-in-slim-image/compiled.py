"""Compile when the program starts: this machine needs a compiler."""

import torch


@torch.compile
def double(x: torch.Tensor) -> torch.Tensor:
    return x * 2


print(double(torch.ones(3)))
