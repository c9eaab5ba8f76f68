"""What torch.export does with a module: tracing, inputs, state."""
# --8<-- [start:fake]
import torch
from torch import Tensor, nn
from torch.export import Dim, export

seen: list[Tensor] = []


class Look(nn.Module):
    """Doubles its input, and lets us see what it was given."""

    def forward(self, rows: Tensor) -> Tensor:
        seen.append(rows)
        return rows * 2


look = Look()
rows = torch.rand(4, 3)
program = export(
    look, (rows,), dynamic_shapes={"rows": {0: Dim("batch", max=64)}}
)
print(type(seen[0]).__name__, seen[0].shape)

program.module()(rows)
print("calls of forward:", len(seen))
# --8<-- [end:fake]

# --8<-- [start:large]
from torch._subclasses import FakeTensorMode  # private

with FakeTensorMode():
    large = nn.Linear(200_000, 200_000, bias=False)
    planned = export(large, (torch.empty(8, 200_000),))
(output,) = (n for n in planned.graph.nodes if n.op == "output")
print(tuple(output.args[0][0].meta["val"].shape))
print(large.weight.nbytes // 2**30, "GiB were not allocated")
# --8<-- [end:large]

# --8<-- [start:strict]
import warnings

calls: list[int] = []


class Audited(nn.Module):
    """Writes into a list outside of the module."""

    def forward(self, rows: Tensor) -> Tensor:
        calls.append(1)
        return rows.relu()


for strict in (False, True):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        program = export(Audited(), (rows,), strict=strict)
    print(f"strict={strict}:", [node.name for node in program.graph.nodes])
for warning in caught:
    if "side effects" in str(warning.message):
        print(warning.message)
# --8<-- [end:strict]

# --8<-- [start:opaque]
import json


class Configured(nn.Module):
    """Reads a factor with Python's JSON parser."""

    def forward(self, rows: Tensor) -> Tensor:
        return rows * json.loads('{"factor": 3}')["factor"]


configured = export(Configured(), (rows,)).module()
print("non-strict:", (configured(rows) / rows).mean().item())
# --8<-- [end:opaque]

try:
    # --8<-- [start:opaque-strict]
    export(Configured(), (rows,), strict=True)
    # --8<-- [end:opaque-strict]
except Exception as error:
    print(error)

# --8<-- [start:tree]
from dataclasses import dataclass


@dataclass
class Batch:
    """Token numbers and which of them count, both (rows, tokens)."""

    tokens: Tensor
    mask: Tensor


class Average(nn.Module):
    """The mean of the tokens that count."""

    def forward(self, batch: Batch, scale: float = 1.0) -> dict[str, Tensor]:
        total = (batch.tokens * batch.mask).sum(1)
        return {"mean": scale * total / batch.mask.sum(1)}


sentences = Batch(torch.rand(2, 5), torch.ones(2, 5))
# --8<-- [end:tree]

try:
    # --8<-- [start:tree-fails]
    export(Average(), (sentences,))
    # --8<-- [end:tree-fails]
except ValueError as error:
    print(error)

# --8<-- [start:register]
torch.export.register_dataclass(Batch, serialized_type_name="Batch")
program = export(Average(), (sentences,), {"scale": 2.0})
average = program.module()

print(program.graph_signature.user_inputs)
print(list(average(sentences, scale=2.0)))
# --8<-- [end:register]

# --8<-- [start:refused]
attempts = {
    "another number": lambda: average(sentences, scale=3.0),
    "no keyword": lambda: average(sentences),
    "a dict": lambda: average(vars(sentences), scale=2.0),
}
for name, attempt in attempts.items():
    try:
        attempt()
    except (AssertionError, ValueError) as error:
        print(f"{name}: {str(error).splitlines()[0]}")
# --8<-- [end:refused]

# --8<-- [start:state]
class Counter(nn.Module):
    """Counts its calls in a number and in a buffer."""

    def __init__(self) -> None:
        super().__init__()
        self.number = 0
        self.register_buffer("tensor", torch.zeros(1))

    def forward(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        self.number += 1
        self.tensor.add_(1)
        return rows * 0 + self.number, self.tensor.clone()


counter = Counter()
program = export(counter, (torch.ones(1),))
module = program.module()
for call in (1, 2, 3):
    number, tensor = module(torch.ones(1))
    print(f"call {call}: number {number.item():.0f}, tensor "
          f"{tensor.item():.0f}")
# --8<-- [end:state]

# --8<-- [start:signature]
functional = program.run_decompositions()
print(list(functional.graph_signature.buffers_to_mutate.values()))
print("original:", counter.tensor.item(), counter.number)
torch.export.save(program, "counter.pt2")
loaded = torch.export.load("counter.pt2").module()
resumed = loaded(torch.ones(1))[1].item()
print("after save and load:", resumed)
# --8<-- [end:signature]

# --8<-- [start:lowered]
class Calls(nn.Module):
    """Counts its calls in a buffer of `size` numbers."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.register_buffer("calls", torch.zeros(size))

    def forward(self, rows: Tensor) -> Tensor:
        self.calls.add_(1)
        return rows + self.calls


counts: dict[int, list[int]] = {}
for size in (1, 2):
    program = export(Calls(size), (torch.zeros(1),))
    torch._inductor.aoti_compile_and_package(
        program, package_path="calls.pt2"
    )
    package = torch._inductor.aoti_load_package("calls.pt2")
    with torch.inference_mode():
        counts[size] = [
            int(package(torch.zeros(1))[0]) for _ in range(3)
        ]
    print(f"buffer of {size}: {counts[size]}")
# --8<-- [end:lowered]

# --8<-- [start:lost]
class Remember(nn.Module):
    """Keeps its last result in an attribute that is not a buffer."""

    def __init__(self) -> None:
        super().__init__()
        self.last: Tensor | None = None

    def forward(self, rows: Tensor) -> Tensor:
        self.last = rows * 2
        return rows + 1


remember = Remember()
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    export(remember, (rows,))
for warning in caught:
    print(warning.message)
print("last:", remember.last)
# --8<-- [end:lost]
