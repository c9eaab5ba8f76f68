# --8<-- [start:static]
import torch
from torch import nn
from torch.export import Dim, export

model = nn.Linear(3, 2).eval()
four_rows = torch.randn(4, 3)

static = export(model, (four_rows,)).module()
# --8<-- [end:static]

try:
    # --8<-- [start:static-fails]
    static(torch.randn(5, 3))
    # --8<-- [end:static-fails]
except AssertionError as error:
    print(error)

# --8<-- [start:named]
batch = Dim("batch", min=1, max=64)
named = export(
    model, (four_rows,), dynamic_shapes={"input": {0: batch}}
)


def show_ranges(program: torch.export.ExportedProgram) -> None:
    """Print which sizes the program accepts, one axis a line."""
    ranges = program.range_constraints
    for node in program.graph.nodes:
        if node.name not in program.graph_signature.user_inputs:
            continue
        for axis, size in enumerate(node.meta["val"].shape):
            if isinstance(size, int):
                print(f"{node.name} axis {axis}: {size}")
            else:
                bounds = ranges[size.node.expr]
                top = "any" if bounds.upper > 2**31 else bounds.upper
                print(f"{node.name} axis {axis}: {bounds.lower} to {top}")


show_ranges(named)
print(named.module()(torch.randn(1, 3)).shape)
# --8<-- [end:named]

try:
    # --8<-- [start:named-fails]
    named.module()(torch.randn(65, 3))
    # --8<-- [end:named-fails]
except AssertionError as error:
    print(error)

# --8<-- [start:auto]
auto = export(
    model, (four_rows,), dynamic_shapes={"input": {0: Dim.AUTO}}
)
show_ranges(auto)
# --8<-- [end:auto]

# --8<-- [start:one]
one_row = torch.randn(1, 3)
frozen = export(
    model, (one_row,), dynamic_shapes={"input": {0: Dim.AUTO}}
)
show_ranges(frozen)
# --8<-- [end:one]

try:
    # --8<-- [start:one-dynamic]
    export(
        model, (one_row,), dynamic_shapes={"input": {0: Dim.DYNAMIC}}
    )
    # --8<-- [end:one-dynamic]
except ValueError as error:
    print(error)

# --8<-- [start:freezers]
import math
from collections.abc import Callable


class Scaled(nn.Module):
    """Multiplies rows by a factor that depends on their number."""

    def __init__(self, factor: Callable[[torch.Tensor], float]) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        return rows * self.factor(rows)


factors: dict[str, Callable[[torch.Tensor], float]] = {
    "rows.shape[0]": lambda rows: rows.shape[0],
    "rows.shape[0] ** 0.5": lambda rows: rows.shape[0] ** 0.5,
    "len(rows)": len,
    "int(rows.shape[0])": lambda rows: int(rows.shape[0]),
    "float(rows.shape[0])": lambda rows: float(rows.shape[0]),
    "math.sqrt(rows.shape[0])": lambda rows: math.sqrt(rows.shape[0]),
}
for text, factor in factors.items():
    program = export(
        Scaled(factor), (four_rows,), dynamic_shapes={"rows": {0: Dim.AUTO}}
    )
    print(f"{text:24} static: {not program.range_constraints}")
# --8<-- [end:freezers]

# --8<-- [start:pooling]
class Pool(nn.Module):
    """Averages a signal over windows of 8 samples."""

    def forward(self, signal: torch.Tensor) -> torch.Tensor:
        return signal.unflatten(0, (-1, 8)).mean(1)


signal = torch.arange(32.0)
length = Dim("length", min=8, max=1024)
# --8<-- [end:pooling]

try:
    # --8<-- [start:pooling-fails]
    export(Pool(), (signal,), dynamic_shapes={"signal": {0: length}})
    # --8<-- [end:pooling-fails]
except torch._dynamo.exc.UserError as error:
    print(error)

# --8<-- [start:derived]
windows = Dim("windows", min=1, max=128)
pool = export(
    Pool(), (signal,), dynamic_shapes={"signal": {0: 8 * windows}}
)
show_ranges(pool)
print(pool.module()(torch.ones(40)).shape)
# --8<-- [end:derived]

try:
    # --8<-- [start:derived-fails]
    pool.module()(torch.ones(8))
    # --8<-- [end:derived-fails]
except AssertionError as error:
    print(error)

# --8<-- [start:refine]
from torch.export.dynamic_shapes import (
    refine_dynamic_shapes_from_suggested_fixes as refine,
)


class Add(nn.Module):
    """Adds two inputs of as many rows."""

    def forward(self, left: torch.Tensor, right: torch.Tensor):
        return left + right


shapes = {"left": {0: Dim("a")}, "right": {0: Dim("b")}}
pair = (torch.randn(4, 3), torch.randn(4, 3))
try:
    export(Add(), pair, dynamic_shapes=shapes)
except torch._dynamo.exc.UserError as error:
    shapes = refine(error.msg, shapes)

print(shapes)
show_ranges(export(Add(), pair, dynamic_shapes=shapes))
# --8<-- [end:refine]

# --8<-- [start:collection]
from torch.export import AdditionalInputs, ShapesCollection

by_tensor = ShapesCollection()
by_tensor[four_rows] = {0: batch}
show_ranges(export(model, (four_rows,), dynamic_shapes=by_tensor))

by_example = AdditionalInputs()
by_example.add((four_rows,))
by_example.add((torch.randn(9, 3),))
show_ranges(export(model, (four_rows,), dynamic_shapes=by_example))
# --8<-- [end:collection]

# --8<-- [start:item]
class Prefix(nn.Module):
    """Averages the first `count` rows, at most 5 of them."""

    def forward(
        self, rows: torch.Tensor, count: torch.Tensor
    ) -> torch.Tensor:
        length = count.item()
        if length > 5:
            return rows[:5].mean(0)
        return rows[:length].mean(0)


ten_rows = torch.arange(30.0).reshape(10, 3)
count = torch.tensor(4)
# --8<-- [end:item]

try:
    # --8<-- [start:item-fails]
    export(Prefix(), (ten_rows, count))
    # --8<-- [end:item-fails]
except RuntimeError as error:
    print(error)

# --8<-- [start:check]
class CheckedPrefix(nn.Module):
    """Averages the first `count` rows, 1 to 5 of them."""

    def forward(
        self, rows: torch.Tensor, count: torch.Tensor
    ) -> torch.Tensor:
        length = count.item()
        torch._check(length >= 1)
        torch._check(length <= 5)
        if length > 5:
            return rows[:5].mean(0)
        return rows.narrow(0, 0, length).mean(0)


prefix = export(CheckedPrefix(), (ten_rows, count)).module()
print(prefix(ten_rows, torch.tensor(3)))
# --8<-- [end:check]

try:
    # --8<-- [start:check-fails]
    prefix(ten_rows, torch.tensor(0))
    # --8<-- [end:check-fails]
except RuntimeError as error:
    print(error)
