# --8<-- [start:model]
import torch
from torch import nn


class Tagger(nn.Module):
    """Scores each step of a sequence of shape (batch, steps, 4)."""

    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(4, 8, batch_first=True)
        self.head = nn.Linear(8, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        states, _ = self.gru(x * 2)
        return self.head(states).softmax(-1)
# --8<-- [end:model]


# --8<-- [start:reproduce]
def graphs(model: nn.Module, **options: bool) -> list[str]:
    """Run the model compiled; return the calls of each graph."""
    torch.compiler.reset()
    found: list[str] = []

    def backend(module: torch.fx.GraphModule, example: list) -> object:
        calls = [node for node in module.graph.nodes
                 if node.op.startswith("call")]
        found.append(" ".join(node.name for node in calls))
        return module.forward

    compiled = torch.compile(model, backend=backend, **options)
    with torch.inference_mode():
        answer = compiled(sequences)
    print("as eager:", torch.allclose(answer, expected, atol=1e-6))
    return found


torch.manual_seed(0)
tagger = Tagger().eval()
sequences = torch.randn(3, 5, 4)
with torch.inference_mode():
    expected = tagger(sequences)
print(graphs(tagger))
# --8<-- [end:reproduce]
try:
    # --8<-- [start:strict]
    graphs(tagger, fullgraph=True)
    # --8<-- [end:strict]
except torch._dynamo.exc.Unsupported as error:
    print(error)


# --8<-- [start:around]
class Around(Tagger):
    """The same model, with its recurrent part left to eager."""

    @torch.compiler.disable
    def recur(self, x: torch.Tensor) -> torch.Tensor:
        return self.gru(x)[0]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.recur(x * 2)).softmax(-1)


around = Around().eval()
around.load_state_dict(tagger.state_dict())
print(graphs(around))
# --8<-- [end:around]
# --8<-- [start:inside]
with torch._dynamo.config.patch(allow_rnn=True):
    print(graphs(tagger, fullgraph=True))
# --8<-- [end:inside]
# --8<-- [start:export]
rows = torch.export.Dim("rows", min=1, max=64)
program = torch.export.export(
    tagger, (sequences,), dynamic_shapes={"x": {0: rows}}
)
with torch.inference_mode():
    answer = program.module()(sequences[:1])
print("exported, one row, as eager:",
      torch.allclose(answer, expected[:1], atol=1e-6))
# --8<-- [end:export]
