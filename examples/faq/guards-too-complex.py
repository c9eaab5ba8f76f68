# --8<-- [start:model]
import torch
from torch import Tensor, nn
from torch.export import Dim, export


class Swap(nn.Module):
    """Views (n, 20) as (20, n)."""

    def forward(self, x: Tensor) -> Tensor:
        return x.view(x.shape[1], x.shape[0])


x = torch.rand(33, 20)
rows = {"x": {0: Dim("n", min=2, max=512)}}
# --8<-- [end:model]

try:
    # --8<-- [start:fails]
    export(Swap(), (x,), dynamic_shapes=rows)
    # --8<-- [end:fails]
except torch._dynamo.exc.UserError as error:
    print(error)


# --8<-- [start:rewrite]
class SwapFlat(nn.Module):
    """The same through one axis, which needs no comparison."""

    def forward(self, x: Tensor) -> Tensor:
        return x.flatten().view(x.shape[1], x.shape[0])


def try_sizes(program: nn.Module, sizes: tuple[int, ...]) -> None:
    """Print what the program makes of each size."""
    for n in sizes:
        try:
            print(n, tuple(program(torch.rand(n, 20)).shape))
        except (AssertionError, RuntimeError) as error:
            print(n, str(error).split(" on node")[0])


program = export(SwapFlat(), (x,), dynamic_shapes=rows)
try_sizes(program.module(), (2, 20, 33, 40))
# --8<-- [end:rewrite]

# --8<-- [start:dynamic]
program = export(Swap(), (x,), dynamic_shapes={"x": {0: Dim.DYNAMIC}})
try_sizes(program.module(), (2, 20, 33, 40))
# --8<-- [end:dynamic]

# --8<-- [start:prefer]
program = export(
    Swap(),
    (x,),
    dynamic_shapes=rows,
    prefer_deferred_runtime_asserts_over_guards=True,
)
try_sizes(program.module(), (2, 20, 33, 40))
# --8<-- [end:prefer]


# --8<-- [start:blocks]
class Blocks(nn.Module):
    """Mean of each 20 rows; fills up the last block with zeros."""

    def forward(self, rows: Tensor) -> Tensor:
        length = rows.shape[0]
        if length % 20:
            padding = (0, 0, 0, -length % 20)
            rows = nn.functional.pad(rows, padding)
        return rows.view(-1, 20, 8).mean(1)


rows = torch.rand(33, 8)
length = Dim("length", min=2, max=512)
# --8<-- [end:blocks]

try:
    # --8<-- [start:blocks-fails]
    export(Blocks(), (rows,), dynamic_shapes={"rows": {0: length}})
    # --8<-- [end:blocks-fails]
except AssertionError as error:
    print(error)


# --8<-- [start:blocks-fixed]
class AlwaysPadded(nn.Module):
    """The same without `if`, from the number of blocks."""

    def forward(self, rows: Tensor) -> Tensor:
        length = rows.shape[0]
        blocks = (length + 19) // 20
        padding = (0, 0, 0, 20 * blocks - length)
        rows = nn.functional.pad(rows, padding)
        return rows.view(blocks, 20, 8).mean(1)


# --8<-- [end:blocks-fixed]

try:
    # --8<-- [start:one-block]
    export(AlwaysPadded(), (rows,), dynamic_shapes={"rows": {0: length}})
    # --8<-- [end:one-block]
except torch._dynamo.exc.UserError as error:
    print(error)

# --8<-- [start:two-blocks]
length = Dim("length", min=21, max=512)  # two blocks at least
program = export(
    AlwaysPadded(), (rows,), dynamic_shapes={"rows": {0: length}}
).module()
for n in (21, 40, 47):
    more = torch.rand(n, 8)
    same = torch.allclose(program(more), Blocks()(more))
    print(n, tuple(program(more).shape), same)
# --8<-- [end:two-blocks]


# --8<-- [start:product]
class Flatten(nn.Module):
    """Adds a vector to a matrix that was flattened."""

    def forward(self, matrix: Tensor, vector: Tensor) -> Tensor:
        return matrix.flatten() + vector


matrix, vector = torch.rand(4, 8), torch.rand(32)
n = Dim("n", max=512)
# --8<-- [end:product]

try:
    # --8<-- [start:product-fails]
    export(
        Flatten(),
        (matrix, vector),
        dynamic_shapes={"matrix": None, "vector": {0: n}},
    )
    # --8<-- [end:product-fails]
except torch._dynamo.exc.UserError as error:
    print(error)

# --8<-- [start:product-fixed]
axes = {
    "matrix": {0: Dim.DYNAMIC, 1: Dim.DYNAMIC},
    "vector": {0: Dim.DYNAMIC},
}
program = export(Flatten(), (matrix, vector), dynamic_shapes=axes)
print(program.module()(torch.rand(3, 5), torch.rand(15)).shape)
# --8<-- [end:product-fixed]
