"""PyTorch convert function for op '…' not implemented"""
# --8<-- [start:model]
import coremltools as ct
import torch
from torch import Tensor, nn


class Doubled(torch.autograd.Function):
    @staticmethod
    def forward(ctx: object, x: Tensor) -> Tensor:
        return x * 2


class Custom(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return Doubled.apply(x)


class Enlarge(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.interpolate(x, scale_factor=2, mode="bicubic")


class Length(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.hypot(x, x + 1)


class Shifted(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.roll(x, 1, dims=2)


image = torch.rand(1, 3, 4, 4)
inputs = [ct.TensorType(name="x", shape=image.shape)]
# --8<-- [end:model]

# --8<-- [start:trace]
traced = torch.jit.trace(Enlarge().eval(), image)
# --8<-- [end:trace]

try:
    # --8<-- [start:fails]
    ct.convert(traced, inputs=inputs)
    # --8<-- [end:fails]
except NotImplementedError as error:
    print(error)


# --8<-- [start:ways]
def attempt(program: object, **options: object) -> str:
    try:
        ct.convert(program, **options)
    except NotImplementedError as error:
        return str(error)
    return "converted"


for model in (Custom(), Enlarge(), Length(), Shifted()):
    exported = torch.export.export(model.eval(), (image,))
    plain = exported.run_decompositions({})
    core = exported.run_decompositions()
    print(type(model).__name__)
    print("  exported:  ", attempt(plain))
    print("  decomposed:", attempt(core))
# --8<-- [end:ways]

# --8<-- [start:traced]
traced = torch.jit.trace(Custom().eval(), image)
print(attempt(traced, inputs=inputs))
# --8<-- [end:traced]


# --8<-- [start:equal]
exported = torch.export.export(Enlarge().eval(), (image,))
core = exported.run_decompositions()
same = torch.allclose(core.module()(image), Enlarge()(image), atol=1e-5)
print("decomposed gives the same:", same)
# --8<-- [end:equal]


# --8<-- [start:rewrite]
class Root(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        y = x + 1
        return (x * x + y * y).sqrt()


exported = torch.export.export(Root().eval(), (image,))
print(attempt(exported.run_decompositions({})))
print("same:", torch.allclose(Root()(image), Length()(image)))
# --8<-- [end:rewrite]

# --8<-- [start:register]
from coremltools.converters.mil import Builder as mb
from coremltools.converters.mil.frontend.torch.ops import _get_inputs
from coremltools.converters.mil.frontend.torch.torch_op_registry import (
    register_torch_op,
)


@register_torch_op
def hypot(context, node):  # noqa: ANN001, ANN201
    x, y = _get_inputs(context, node, expected=2)
    squares = mb.add(x=mb.mul(x=x, y=x), y=mb.mul(x=y, y=y))
    context.add(mb.sqrt(x=squares, name=node.name))


exported = torch.export.export(Length().eval(), (image,))
converted = ct.convert(exported.run_decompositions({}))
main = converted.get_spec().mlProgram.functions["main"]
(block,) = main.block_specializations.values()
types = [step.type for step in block.operations]
print(*[name for name in types if name not in ("const", "cast")])
# --8<-- [end:register]
