# --8<-- [start:reproduce]
import torch

torch.manual_seed(0)
layer = torch.nn.Linear(16, 2).eval().requires_grad_(False)
batches = [torch.randn(rows, 16) for rows in range(2, 14)]


def graphs(**options: bool) -> int:
    """Serve all batches; return how many graphs that compiled."""
    torch.compiler.reset()
    compiled: list[torch.fx.GraphModule] = []

    def backend(module: torch.fx.GraphModule, example: list) -> object:
        compiled.append(module)
        return module.forward

    model = torch.compile(layer, backend=backend, **options)
    for batch in batches:
        model(batch)
    return len(compiled)


print(len(batches), "batch sizes,", graphs(dynamic=False), "graphs")
# --8<-- [end:reproduce]
try:
    # --8<-- [start:strict]
    graphs(dynamic=False, fullgraph=True)
    # --8<-- [end:strict]
except torch._dynamo.exc.FailOnRecompileLimitHit as error:
    print(error)
# --8<-- [start:fix]
print("dynamic from the start:", graphs(dynamic=True, fullgraph=True))
print("dynamic when needed:   ", graphs(fullgraph=True))
# --8<-- [end:fix]
# --8<-- [start:mark]
from collections.abc import Callable


def marked_graphs(
    function: Callable[[torch.Tensor], torch.Tensor],
    mark: Callable[[torch.Tensor, int], None],
) -> int:
    """Serve all batches with axis 0 marked; return how many graphs."""
    torch.compiler.reset()
    compiled: list[torch.fx.GraphModule] = []

    def backend(module: torch.fx.GraphModule, example: list) -> object:
        compiled.append(module)
        return module.forward

    model = torch.compile(function, backend=backend)
    for rows in range(2, 14):
        batch = torch.randn(rows, 16)
        mark(batch, 0)
        model(batch)
    return len(compiled)


mark = torch._dynamo.mark_dynamic
maybe_mark = torch._dynamo.maybe_mark_dynamic
print("marked:", marked_graphs(layer, mark))
# --8<-- [end:mark]


# --8<-- [start:specialized]
def total(rows: torch.Tensor) -> torch.Tensor:
    """Add the rows up in a Python loop, which unrolls."""
    result = torch.zeros(16)
    for index in range(rows.shape[0]):
        result = result + rows[index]
    return result


print("maybe marked:", marked_graphs(total, maybe_mark))
# --8<-- [end:specialized]
try:
    # --8<-- [start:insist]
    marked_graphs(total, mark)
    # --8<-- [end:insist]
except torch.fx.experimental.symbolic_shapes.ConstraintViolationError as error:
    print(error)
# --8<-- [start:sum]
print("sum:", marked_graphs(lambda rows: rows.sum(0), mark))
# --8<-- [end:sum]
# --8<-- [start:buckets]
BUCKETS = 4, 16


def padded(batch: torch.Tensor) -> torch.Tensor:
    """Return the batch with zero rows up to the next bucket's size."""
    size = next((size for size in BUCKETS if size >= len(batch)), None)
    if size is None:
        raise ValueError(f"at most {BUCKETS[-1]} rows, not {len(batch)}")
    return torch.nn.functional.pad(batch, (0, 0, 0, size - len(batch)))


answers = [layer(padded(batch))[:len(batch)] for batch in batches]
batches = [padded(batch) for batch in batches]
print("two buckets:           ", graphs(dynamic=False, fullgraph=True))
print("rows kept:", [len(answer) for answer in answers])
# --8<-- [end:buckets]
