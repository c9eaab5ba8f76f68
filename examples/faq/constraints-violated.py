# --8<-- [start:linear]
import torch
from torch import nn
from torch.export import Dim, export

linear = nn.Linear(64, 10).eval()
batch = Dim("batch", min=1, max=64)
# --8<-- [end:linear]
try:
    # --8<-- [start:one-row]
    one_row = torch.zeros(1, 64)
    export(linear, (one_row,), dynamic_shapes={"input": {0: batch}})
    # --8<-- [end:one-row]
except torch._dynamo.exc.UserError as error:
    print(error)
try:
    # --8<-- [start:dynamic]
    export(linear, (one_row,), dynamic_shapes={"input": {0: Dim.DYNAMIC}})
    # --8<-- [end:dynamic]
except ValueError as error:
    print(error)
# --8<-- [start:two-rows]
two_rows = torch.zeros(2, 64)
program = export(
    linear, (two_rows,), dynamic_shapes={"input": {0: batch}}
)
print([tuple(program.module()(torch.zeros(n, 64)).shape) for n in (1, 64)])
# --8<-- [end:two-rows]
# --8<-- [start:model]
class Short(nn.Module):
    """Averages up to 16 rows and refuses more."""

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        if rows.shape[0] > 16:
            raise ValueError("at most 16 rows")
        return rows.mean(0)


rows = torch.randn(4, 3)
# --8<-- [end:model]
try:
    # --8<-- [start:range]
    batch = Dim("batch", min=1, max=64)
    export(Short(), (rows,), dynamic_shapes={"rows": {0: batch}})
    # --8<-- [end:range]
except torch._dynamo.exc.UserError as error:
    print(error)
# --8<-- [start:range-fixed]
batch = Dim("batch", min=2, max=16)
program = export(
    Short(), (rows,), dynamic_shapes={"rows": {0: batch}}
)
print(program.module()(torch.ones(16, 3)))
# --8<-- [end:range-fixed]
try:
    # --8<-- [start:constant]
    class Share(nn.Module):
        """Divides each row by the number of rows."""

        def forward(self, rows: torch.Tensor) -> torch.Tensor:
            return rows / len(rows)

    export(Share(), (rows,), dynamic_shapes={"rows": {0: batch}})
    # --8<-- [end:constant]
except torch._dynamo.exc.UserError as error:
    print(error)
# --8<-- [start:constant-fixed]
class ShareOfShape(nn.Module):
    """Divides each row by the number of rows."""

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        return rows / rows.shape[0]


program = export(
    ShareOfShape(), (rows,), dynamic_shapes={"rows": {0: batch}}
)
print(program.module()(torch.ones(8, 3))[0])
# --8<-- [end:constant-fixed]
# --8<-- [start:capture]
from torch.fx.experimental.proxy_tensor import make_fx


class Repeat(nn.Module):
    """Repeats each value three times."""

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        rows = values.unsqueeze(1).expand(values.shape[0], 3)
        return rows.reshape(-1)


values = torch.randn(4)
captured = make_fx(Repeat())(values)  # traces with real tensors
batch = Dim("batch", min=2, max=64)
# --8<-- [end:capture]
try:
    # --8<-- [start:capture-export]
    export(captured, (values,), dynamic_shapes=({0: batch},))
    # --8<-- [end:capture-export]
except torch._dynamo.exc.UserError as error:
    print(error)
# --8<-- [start:capture-fixed]
captured = make_fx(Repeat(), tracing_mode="symbolic")(values)
program = export(captured, (values,), dynamic_shapes=({0: batch},))
print(program.module()(torch.randn(7)).shape)
# --8<-- [end:capture-fixed]
try:
    # --8<-- [start:equal]
    class Add(nn.Module):
        """Adds two inputs of as many rows."""

        def forward(self, left: torch.Tensor, right: torch.Tensor):
            return left + right

    export(
        Add(),
        (rows, rows.clone()),
        dynamic_shapes={"left": {0: Dim("a")}, "right": {0: Dim("b")}},
    )
    # --8<-- [end:equal]
except torch._dynamo.exc.UserError as error:
    print(error)
# --8<-- [start:equal-fixed]
program = export(
    Add(),
    (rows, rows.clone()),
    dynamic_shapes={"left": {0: batch}, "right": {0: batch}},
)
print(program.module()(torch.ones(7, 3), torch.ones(7, 3)).shape)
# --8<-- [end:equal-fixed]
