"""ExecuTorch: Missing out variants"""
# --8<-- [start:operator]
import torch
from executorch.exir import ExecutorchProgramManager, to_edge
from torch import Tensor, nn


@torch.library.custom_op("shop::half_up", mutates_args=())
def half_up(prices: Tensor) -> Tensor:
    """Round to whole numbers, halves up."""
    return torch.floor(prices + 0.5)


@half_up.register_fake
def _(prices: Tensor) -> Tensor:
    return torch.empty_like(prices)


class WithTax(nn.Module):
    def forward(self, prices: Tensor) -> Tensor:
        return half_up(prices * 1.19)


prices = torch.tensor([1.0, 2.5, 10.0])


def lower(model: nn.Module) -> ExecutorchProgramManager:
    exported = torch.export.export(model, (prices,))
    return to_edge(exported).to_executorch()
# --8<-- [end:operator]

try:
    # --8<-- [start:fails]
    lower(WithTax())
    # --8<-- [end:fails]
except RuntimeError as error:
    print(error)

# --8<-- [start:overloads]
print([str(overload) for overload in torch.ops.shop.half_up.overloads()])
print("out" in torch.ops.aten.floor.overloads())
# --8<-- [end:overloads]

# --8<-- [start:near]
NEAR = {
    "another name": "half_up_out(Tensor prices, *, Tensor(a!) out)",
    "another argument": "half_up.out(Tensor x, *, Tensor(a!) out)",
    "no star": "half_up.out(Tensor prices, Tensor(a!) out)",
}
for what, schema in NEAR.items():
    library = torch.library.Library("shop", "FRAGMENT")
    library.define(f"{schema} -> Tensor(a!)")
    try:
        lower(WithTax())
        print(f"{what}: lowered")
    except RuntimeError as error:
        print(f"{what}: {error}")
    del library  # and with it the variant
# --8<-- [end:near]

# --8<-- [start:fix]
library = torch.library.Library("shop", "FRAGMENT")
library.define("half_up.out(Tensor prices, *, Tensor(a!) out) -> Tensor(a!)")


@torch.library.impl(library, "half_up.out", "CompositeExplicitAutograd")
def half_up_out(prices: Tensor, *, out: Tensor) -> Tensor:
    return out.copy_(half_up(prices))


program = lower(WithTax())
[plan] = program.executorch_program.execution_plan
print([f"{o.name}.{o.overload}" for o in plan.operators])
# --8<-- [end:fix]

# --8<-- [start:quantized]
from executorch.backends.xnnpack.partition.xnnpack_partitioner import (
    XnnpackPartitioner,
)
from executorch.exir import to_edge_transform_and_lower
from torchao.quantization import IntxWeightOnlyConfig, quantize_

features = torch.rand(2, 64)


def lower_quantized(
    dtype: torch.dtype, *partitioners: XnnpackPartitioner
) -> ExecutorchProgramManager:
    classifier = nn.Sequential(nn.Linear(64, 32), nn.ReLU()).eval().to(dtype)
    quantize_(classifier, IntxWeightOnlyConfig(torch.int8))
    exported = torch.export.export(classifier, (features.to(dtype),))
    edge = to_edge_transform_and_lower(exported, partitioner=[*partitioners])
    return edge.to_executorch()


for dtype, partitioners in (
    (torch.float32, []),
    (torch.bfloat16, [XnnpackPartitioner()]),
    (torch.float32, [XnnpackPartitioner()]),
):
    backend = "XNNPACK" if partitioners else "no backend"
    try:
        lower_quantized(dtype, *partitioners)
        print(f"{dtype}, {backend}: lowered")
    except RuntimeError as error:
        print(f"{dtype}, {backend}: {error}")
# --8<-- [end:quantized]
