"""ExecuTorch is slower than PyTorch"""
# --8<-- [start:model]
import warnings

warnings.filterwarnings("ignore")  # ExecuTorch's own, not ours

import torch
from executorch.backends.xnnpack.partition.xnnpack_partitioner import (
    XnnpackPartitioner,
)
from executorch.devtools.backend_debug import get_delegation_info
from executorch.exir import EdgeProgramManager
from executorch.exir import to_edge_transform_and_lower
from torch import Tensor, nn


class Blocks(nn.Module):
    """Two convolutions, and between them a sum that XNNPACK lacks."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3, padding=1)
        self.second = nn.Conv2d(8, 8, 3, padding=1)

    def forward(self, image: Tensor) -> Tensor:
        rows = torch.cumsum(self.first(image).relu(), dim=2)
        return self.second(rows).relu()


model = Blocks().eval()
image = torch.rand(1, 3, 16, 16)
exported = torch.export.export(model, (image,))
# --8<-- [end:model]


# --8<-- [start:info]
def report(edge: EdgeProgramManager) -> list[str]:
    """Print what a backend takes, and return what it leaves."""
    info = get_delegation_info(edge.exported_program().graph_module)
    print(info.num_delegated_nodes, "operators delegated, in",
          info.num_delegated_subgraphs, "parts")
    return sorted(
        name
        for name, count in info.delegation_by_operator.items()
        if count.non_delegated
    )


print("left:", *report(to_edge_transform_and_lower(exported)))
# --8<-- [end:info]

# --8<-- [start:partition]
edge = to_edge_transform_and_lower(
    exported, partitioner=[XnnpackPartitioner()]
)
print("left:", *report(edge))
# --8<-- [end:partition]


# --8<-- [start:threads]
from executorch.extension.pybindings.portable_lib import (
    _threadpool_get_thread_count,
    _unsafe_reset_threadpool,
)

_unsafe_reset_threadpool(1)  # before a program is loaded
print("threads:", _threadpool_get_thread_count())
# --8<-- [end:threads]
