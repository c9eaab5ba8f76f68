"""From an exported program to the bytes of a .pte file."""

import torch
from executorch.backends.xnnpack.partition.xnnpack_partitioner import (
    XnnpackPartitioner,
)
from executorch.exir import ExecutorchProgramManager
from executorch.exir import to_edge_transform_and_lower


def lower(
    model: torch.nn.Module, example: torch.Tensor, largest: int | None = None
) -> ExecutorchProgramManager:
    """Lower a model for XNNPACK: for the example's batch, or 1 to `largest`."""
    shapes = None
    if largest is not None:
        shapes = ({0: torch.export.Dim("batch", min=1, max=largest)},)
    program = torch.export.export(model, (example,), dynamic_shapes=shapes)
    edge = to_edge_transform_and_lower(
        program, partitioner=[XnnpackPartitioner()]
    )
    return edge.to_executorch()
