import warnings

warnings.filterwarnings("ignore")  # ExecuTorch's own, not ours

import torch
from executorch.backends.xnnpack.partition.xnnpack_partitioner import (
    XnnpackPartitioner,
)
from executorch.exir import (
    ExecutorchProgramManager,
    to_edge,
    to_edge_transform_and_lower,
)
from executorch.exir.backend.backend_api import to_backend
from executorch.exir.backend.test.backend_with_compiler_demo import (
    BackendWithCompilerDemo,
)
from executorch.runtime import Runtime
from torch import Tensor, nn


class Wave(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.sin(x)


class Delegated(nn.Module):
    """The whole of Wave, for a backend that no runtime here has."""

    def __init__(self) -> None:
        super().__init__()
        exported = torch.export.export(Wave(), (torch.ones(4),))
        self.wave = to_backend(
            BackendWithCompilerDemo.__name__,
            to_edge(exported).exported_program(),
            [],
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.wave(x)


def backends(program: ExecutorchProgramManager) -> set[str]:
    """The backends that a lowered program asks for."""
    plans = program.executorch_program.execution_plan
    return {delegate.id for plan in plans for delegate in plan.delegates}


registry = Runtime.get().backend_registry
exported = torch.export.export(Delegated(), (torch.ones(4),))
foreign = to_edge(exported).to_executorch()
exported = torch.export.export(nn.Linear(4, 2).eval(), (torch.ones(1, 4),))
ours = to_edge_transform_and_lower(
    exported, partitioner=[XnnpackPartitioner()]
).to_executorch()

for name, program in {"foreign": foreign, "ours": ours}.items():
    missing = backends(program) - set(registry.registered_backend_names)
    print(name, "asks for", *backends(program), "- missing:", *missing)
    try:
        Runtime.get().load_program(program.buffer).load_method("forward")
        print(name, "loads")
    except RuntimeError as error:
        print("RuntimeError:", error)
