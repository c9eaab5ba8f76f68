# --8<-- [start:model]
import ctypes

import numpy as np
import torch
from torch import Tensor, nn


def cube_root(x: Tensor) -> Tensor:
    """Stands for a C extension: reads memory at an address."""
    memory = (ctypes.c_float * x.numel()).from_address(x.data_ptr())
    roots = np.cbrt(np.ctypeslib.as_array(memory))
    return torch.from_numpy(roots).view(x.shape)


class Model(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(8, 4)

    def forward(self, rows: Tensor) -> Tensor:
        return cube_root(self.linear(rows))


torch.manual_seed(0)
model, rows = Model().eval(), torch.rand(2, 8)
with torch.inference_mode():
    expected = model(rows)
# --8<-- [end:model]

try:
    # --8<-- [start:fails]
    torch.export.export(model, (rows,))
    # --8<-- [end:fails]
except RuntimeError as error:
    print(error)


# --8<-- [start:fix]
@torch.library.custom_op("shop::cube_root", mutates_args=())
def cube_root_operator(x: Tensor) -> Tensor:
    return cube_root(x.contiguous())


@cube_root_operator.register_fake
def _(x: Tensor) -> Tensor:
    return torch.empty_like(x, memory_format=torch.contiguous_format)


class Exportable(Model):
    def forward(self, rows: Tensor) -> Tensor:
        return cube_root_operator(self.linear(rows))


exportable = Exportable().eval()
exportable.load_state_dict(model.state_dict())
program = torch.export.export(exportable, (rows,))
print([str(node.target) for node in program.graph.nodes][-2])
print((program.module()(rows) - expected).abs().max().item())
# --8<-- [end:fix]

# --8<-- [start:composite]
library = torch.library.Library("old", "DEF")
library.define("cube_root(Tensor x) -> Tensor")
library.impl("cube_root", cube_root, "CompositeImplicitAutograd")


class Old(nn.Module):
    def forward(self, rows: Tensor) -> Tensor:
        return torch.ops.old.cube_root(rows)


# --8<-- [end:composite]

try:
    # --8<-- [start:composite-fails]
    torch.export.export(Old(), (rows,))
    # --8<-- [end:composite-fails]
except RuntimeError as error:
    print(error)

# --8<-- [start:registered]
library.define("cube_root_cpu(Tensor x) -> Tensor")
library.impl("cube_root_cpu", cube_root, "CPU")
torch.library.register_fake("old::cube_root_cpu", torch.empty_like)


class Registered(nn.Module):
    def forward(self, rows: Tensor) -> Tensor:
        return torch.ops.old.cube_root_cpu(rows)


program = torch.export.export(Registered(), (rows,))
print(torch.equal(program.module()(rows), cube_root(rows)))
# --8<-- [end:registered]
