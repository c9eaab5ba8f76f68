# --8<-- [start:recorder]
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map_only


@dataclass(frozen=True)
class Slot:
    """Stands for a tensor that is only known when the graph runs."""

    number: int


@dataclass(frozen=True)
class Step:
    """One recorded operator call; its result gets the next slot."""

    operator: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


class Recorder(TorchDispatchMode):
    """Writes down every operator that runs inside the `with` block."""

    def __init__(self, example: torch.Tensor) -> None:
        super().__init__()
        self.tensors = [example]  # kept alive: ids must stay unique
        self.steps: list[Step] = []

    def to_slot(self, value: torch.Tensor) -> Slot | torch.Tensor:
        for number, tensor in enumerate(self.tensors):
            if tensor is value:
                return Slot(number)
        return value  # a weight: it becomes a constant of the graph

    def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        result = operator(*args, **kwargs)
        self.steps.append(
            Step(
                operator,
                tree_map_only(torch.Tensor, self.to_slot, args),
                tree_map_only(torch.Tensor, self.to_slot, kwargs),
            )
        )
        self.tensors.append(result)
        return result
# --8<-- [end:recorder]


# --8<-- [start:replay]
def record(model: nn.Module, example: torch.Tensor) -> list[Step]:
    """Run `model` once and return the operators that it called."""
    with torch.inference_mode(), Recorder(example) as recorder:
        model(example)
    return recorder.steps


@torch.inference_mode()
def replay(steps: list[Step], value: torch.Tensor) -> torch.Tensor:
    """Run the recorded operators on another input."""
    values = [value]

    def to_value(slot: Slot) -> torch.Tensor:
        return values[slot.number]

    for step in steps:
        args = tree_map_only(Slot, to_value, step.args)
        kwargs = tree_map_only(Slot, to_value, step.kwargs)
        values.append(step.operator(*args, **kwargs))
    return values[-1]
# --8<-- [end:replay]


# --8<-- [start:agree]
class Scorer(nn.Module):
    """Sums the scores of up to 8 rows, averages those of more."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 2)

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        scores = torch.relu(self.layer(rows))
        if rows.shape[0] > 8:
            return scores.mean(0)
        return scores.sum(0)


torch.manual_seed(0)
scorer = Scorer().eval()
four_rows = torch.randn(4, 3)

steps = record(scorer, four_rows)
ours = [str(step.operator) for step in steps]

program = torch.export.export(scorer, (four_rows,))
theirs = [
    str(node.target)
    for node in program.graph.nodes
    if node.op == "call_function"
]
print(ours)
print("the same operators:", ours == theirs)

other = torch.randn(4, 3)
print("the same scores:", torch.equal(replay(steps, other), scorer(other)))
# --8<-- [end:agree]

# --8<-- [start:path]
twenty_rows = torch.randn(20, 3)
print("model    ", scorer(twenty_rows).detach())
print("recording", replay(steps, twenty_rows))
# --8<-- [end:path]

# --8<-- [start:loop]
class Repeat(nn.Module):
    """Adds 1 as many times as its input says."""

    def forward(self, count: torch.Tensor) -> torch.Tensor:
        total = torch.zeros(())
        for _ in range(int(count.sum())):
            total = total + 1
        return total


repeat = Repeat()
once, ten_times = torch.ones(1), torch.ones(10)

print("model     ", repeat(ten_times))
print("recording ", replay(record(repeat, once), ten_times))
print("jit.trace ", torch.jit.trace(repeat, (once,))(ten_times))
print("jit.script", torch.jit.script(repeat)(ten_times))
# --8<-- [end:loop]

try:
    # --8<-- [start:loop-export]
    torch.export.export(repeat, (once,))
    # --8<-- [end:loop-export]
except RuntimeError as error:
    print(error)

# --8<-- [start:loop-compile]
from collections import Counter

graphs: list[torch.fx.GraphModule] = []


def keep(graph: torch.fx.GraphModule, inputs: list[torch.Tensor]):
    """A torch.compile backend that only keeps the graphs."""
    graphs.append(graph)
    return graph.forward


compiled = torch.compile(repeat, backend=keep)
print("torch.compile", compiled(ten_times), compiled(torch.ones(3)))

for graph in graphs:
    print(dict(Counter(
        getattr(node.target, "__name__", node.target)
        for node in graph.graph.nodes
        if node.op.startswith("call")
    )))
# --8<-- [end:loop-compile]
