"""ExecuTorch: Missing operator"""
# --8<-- [start:lower]
import torch
from executorch.exir import (
    EdgeCompileConfig,
    ExecutorchProgramManager,
    to_edge_transform_and_lower,
)
from executorch.runtime import Runtime
from torch import Tensor, nn


class Bins(nn.Module):
    def forward(self, values: Tensor, edges: Tensor) -> Tensor:
        return torch.bucketize(values, edges)


example = torch.rand(4), torch.linspace(0, 1, 5)


def lower(
    model: nn.Module, config: EdgeCompileConfig | None = None
) -> ExecutorchProgramManager:
    program = torch.export.export(model, example)
    edge = to_edge_transform_and_lower(program, compile_config=config)
    return edge.to_executorch()
# --8<-- [end:lower]

try:
    # --8<-- [start:verifier]
    lower(Bins())
    # --8<-- [end:verifier]
except Exception as error:
    print(error)

# --8<-- [start:except]
allowed = EdgeCompileConfig(
    _core_aten_ops_exception_list=[torch.ops.aten.bucketize.Tensor]
)
program = lower(Bins(), allowed)
# --8<-- [end:except]

try:
    # --8<-- [start:load]
    runtime = Runtime.get()
    runtime.load_program(program.buffer).load_method("forward")
    # --8<-- [end:load]
except RuntimeError as error:
    print(error)


# --8<-- [start:missing]
def find_missing(program: ExecutorchProgramManager) -> list[str]:
    """Operators of a program that this runtime has no kernel for."""
    wanted = {
        f"{operator.name}.{operator.overload}".removesuffix(".")
        for plan in program.executorch_program.execution_plan
        for operator in plan.operators
    }
    return sorted(wanted - runtime.operator_registry.operator_names)


print("missing:", find_missing(program))
# --8<-- [end:missing]


# --8<-- [start:fix]
class CountedBins(nn.Module):
    def forward(self, values: Tensor, edges: Tensor) -> Tensor:
        """Bucketize by counting the edges below each value."""
        return (values.unsqueeze(-1) > edges).sum(-1)


program = lower(CountedBins())
print("missing:", find_missing(program))

loaded = runtime.load_program(program.buffer)
[bins] = loaded.load_method("forward").execute(example)
different = (bins != torch.bucketize(*example)).sum().item()
print("different from bucketize:", different)
# --8<-- [end:fix]


# --8<-- [start:mode]
dropping = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.1))
for training in (True, False):
    exported = torch.export.export(
        dropping.train(training), (torch.rand(2, 4),)
    )
    lowered = to_edge_transform_and_lower(exported).to_executorch()
    (plan,) = lowered.executorch_program.execution_plan
    names = {operator.name for operator in plan.operators}
    print(f"training={training}:", "aten::native_dropout" in names)
# --8<-- [end:mode]

# --8<-- [start:core]
class Norm(nn.Module):
    def forward(self, values: Tensor, edges: Tensor) -> Tensor:
        bins = torch.bucketize(values, edges)
        return bins * torch.linalg.vector_norm(values)


def outside(program: torch.export.ExportedProgram) -> list[str]:
    """Operators of a program that are not in Core ATen."""
    targets = {n.target for n in program.graph.nodes if n.op[:4] == "call"}
    return sorted(str(t) for t in targets if torch.Tag.core not in t.tags)


table = torch.export.default_decompositions()
print(outside(torch.export.export(Norm(), example).run_decompositions(table)))
vector_norm = torch.ops.aten.linalg_vector_norm
more = torch._decomp.get_decompositions([vector_norm])
table = {**torch.export.default_decompositions(), **more}
print(outside(torch.export.export(Norm(), example).run_decompositions(table)))
# --8<-- [end:core]
