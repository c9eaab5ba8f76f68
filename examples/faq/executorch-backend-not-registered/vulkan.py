import warnings

warnings.filterwarnings("ignore")  # ExecuTorch's own, not ours

import torch
from executorch.backends.vulkan.partitioner.vulkan_partitioner import (
    VulkanPartitioner,
)
from executorch.backends.xnnpack.partition.xnnpack_partitioner import (
    XnnpackPartitioner,
)
from executorch.exir import to_edge_transform_and_lower
from executorch.exir.dialects._ops import ops
from torch import Tensor, nn


class Joined(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x, x * 2]).sigmoid()


exported = torch.export.export(Joined(), (torch.rand(2, 3),))
without = VulkanPartitioner(operator_blocklist=[ops.edge.aten.cat.default])
for title, partitioners in {
    "Vulkan:": [VulkanPartitioner()],
    "without cat:": [without],
    "then XNNPACK:": [without, XnnpackPartitioner()],
}.items():
    edge = to_edge_transform_and_lower(exported, partitioner=partitioners)
    (plan,) = edge.to_executorch().executorch_program.execution_plan
    parts = [delegate.id.removesuffix("Backend") for delegate in plan.delegates]
    print(title, *parts, "- on the CPU's kernels:", len(plan.operators))
