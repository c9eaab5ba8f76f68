"""Write model.pte: two layers, lowered for XNNPACK."""

from pathlib import Path

import torch
from executorch.backends.xnnpack.partition.xnnpack_partitioner import (
    XnnpackPartitioner,
)
from executorch.exir import to_edge_transform_and_lower

model = torch.nn.Sequential(torch.nn.Linear(64, 32), torch.nn.Linear(32, 10))
program = torch.export.export(model.eval(), (torch.zeros(1, 64),))
edge = to_edge_transform_and_lower(program, partitioner=[XnnpackPartitioner()])
Path("model.pte").write_bytes(edge.to_executorch().buffer)
