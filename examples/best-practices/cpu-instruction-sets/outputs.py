"""Save what a few layers give on this processor: `python outputs.py FILE`."""

import sys

import torch
from torch.nn import functional


def uniform(seed: int, *shape: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(shape, generator=generator) - 0.5


torch.set_num_threads(1)
rows, weight = uniform(0, 64, 256), uniform(1, 512, 256)
images, kernel = uniform(2, 2, 16, 32, 32), uniform(3, 32, 16, 3, 3)
outputs = {
    "linear": functional.linear(rows, weight),
    "conv2d": functional.conv2d(images, kernel),
    "softmax": functional.softmax(weight, dim=1),
    "bfloat16": functional.linear(rows.bfloat16(), weight.bfloat16()),
}
torch.set_float32_matmul_precision("medium")
outputs["medium"] = functional.linear(rows, weight)

activations = torch.full((32, 64), 127, dtype=torch.int8)
weights = torch.full((64, 32), 127, dtype=torch.int8)
outputs["_int_mm"] = torch._int_mm(activations, weights)  # private
torch.save(outputs, sys.argv[1])
