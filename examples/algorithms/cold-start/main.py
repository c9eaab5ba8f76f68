# --8<-- [start:counter]
from collections.abc import Callable

import torch
from torch import nn

graphs: list[int] = []


def counting(
    module: torch.fx.GraphModule, example: list[torch.Tensor]
) -> Callable[..., object]:
    """A backend that notes the operators of a graph and runs it eagerly."""
    nodes = module.graph.nodes
    graphs.append(sum(node.op.startswith("call") for node in nodes))
    return module.forward


def counted(work: Callable[[], object]) -> list[int]:
    """Run `work` with an empty compiler; return its graphs' sizes."""
    torch.compiler.reset()
    graphs.clear()
    with torch.inference_mode():
        work()
    return list(graphs)
# --8<-- [end:counter]
# --8<-- [start:rnn]
class Tagger(nn.Module):
    """Scores each step of a sequence of shape (batch, steps, 4)."""

    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(4, 8, batch_first=True)
        self.head = nn.Linear(8, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        states, _ = self.gru(x * 2)
        return self.head(states).softmax(-1)


tagger, sequence = Tagger().eval(), torch.randn(1, 5, 4)
compiled = torch.compile(tagger, backend=counting)
print("graphs:", counted(lambda: compiled(sequence)))
# --8<-- [end:rnn]
try:
    # --8<-- [start:fullgraph]
    strict = torch.compile(tagger, backend=counting, fullgraph=True)
    counted(lambda: strict(sequence))
    # --8<-- [end:fullgraph]
except torch._dynamo.exc.Unsupported as error:
    print(error)
# --8<-- [start:recompiles]
layer = nn.Linear(16, 2).eval()
batches = [torch.randn(rows, 16) for rows in range(1, 13)]


def serve(**options: bool) -> int:
    """Serve 12 batch sizes; return how often the layer was compiled."""
    compiled = torch.compile(layer, backend=counting, **options)
    return len(counted(lambda: [compiled(batch) for batch in batches]))


print("limit:     ", torch._dynamo.config.recompile_limit)
print("static:    ", serve(dynamic=False))
print("default:   ", serve())
# --8<-- [end:recompiles]
try:
    # --8<-- [start:limit]
    serve(dynamic=False, fullgraph=True)
    # --8<-- [end:limit]
except torch._dynamo.exc.FailOnRecompileLimitHit as error:
    print(error)
# --8<-- [start:stance]
compiled = torch.compile(layer, backend=counting, dynamic=True)


def warm_up_then_serve() -> None:
    for rows in (1, 2):
        compiled(batches[rows - 1])
    with torch.compiler.set_stance("fail_on_recompile"):
        for batch in batches:
            compiled(batch)


print("graphs:", counted(warm_up_then_serve))
# --8<-- [end:stance]
# --8<-- [start:regional]
class Block(nn.Module):
    """A residual block; x has shape (batch, 16)."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(16)
        self.up, self.down = nn.Linear(16, 32), nn.Linear(32, 16)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.down(torch.relu(self.up(self.norm(x))))


class Marked(Block):
    @torch.compiler.nested_compile_region
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x)


def stack(block: type[Block]) -> nn.Sequential:
    return nn.Sequential(*(block() for _ in range(6))).eval()


def regional() -> None:
    model = stack(Block)
    for block in model:
        block.compile(backend=counting)
    model(torch.randn(4, 16))


whole = torch.compile(stack(Block), backend=counting)
print("whole:   ", counted(lambda: whole(torch.randn(4, 16))))
print("regional:", counted(regional))
# --8<-- [end:regional]
# --8<-- [start:nested]
def regions(
    module: torch.fx.GraphModule, example: list[torch.Tensor]
) -> Callable[..., object]:
    """A backend that notes the operators of every region, too."""
    for child in module.children():
        graphs.append(
            sum(node.op.startswith("call") for node in child.graph.nodes)
        )
    return counting(module, example)


nested = torch.compile(stack(Marked), backend=regions)
print("region and outer graph:",
      counted(lambda: nested(torch.randn(4, 16))))
# --8<-- [end:nested]
