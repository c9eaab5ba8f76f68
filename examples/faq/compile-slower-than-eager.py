"""torch.compile is slower than eager mode"""
# --8<-- [start:model]
from collections.abc import Callable

import torch
from torch import Tensor, nn


class Ranker(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(16, 32), nn.GELU(),
                                    nn.Linear(32, 4))

    def forward(self, features: Tensor) -> Tensor:
        return self.layers(features).softmax(1)

    def rank(self, features: Tensor) -> Tensor:
        return self(features).argsort(1)


compiled = 0


def counting(graph: torch.fx.GraphModule, inputs: list) -> Callable:
    """A backend that compiles nothing, and counts."""
    global compiled
    compiled += 1
    return graph.forward
# --8<-- [end:model]


# --8<-- [start:reproduce]
def compiles(call: Callable[[], object]) -> int:
    """How often this call compiles."""
    before = compiled
    call()
    return compiled - before


torch.compiler.reset()
model = torch.compile(Ranker().eval(), backend=counting)
batch = torch.randn(8, 16)

print("first call:            ", compiles(lambda: model(batch)))
print("second call:           ", compiles(lambda: model(batch)))
with torch.inference_mode():
    print("in inference_mode:     ", compiles(lambda: model(batch)))
print("another batch size:    ", compiles(lambda: model(batch[:5])))
print("another batch size:    ", compiles(lambda: model(batch[:3])))
# --8<-- [end:reproduce]

# --8<-- [start:method]
torch.compiler.reset()
wrapped = torch.compile(Ranker().eval(), backend=counting)
print("wrapped.rank:", compiles(lambda: wrapped.rank(batch)))

model = Ranker().eval()
model.compile(backend=counting)
print("model.rank:  ", compiles(lambda: model.rank(batch)))
# --8<-- [end:method]

# --8<-- [start:fix]
from torch.utils.benchmark import Timer


def median(model: nn.Module, batch: Tensor) -> float:
    """Median seconds of a call; it warms up, and never compiles then."""
    with torch.inference_mode():
        for _ in range(3):
            model(batch)
        timer = Timer("model(batch)", num_threads=torch.get_num_threads(),
                      globals={"model": model, "batch": batch})
        with torch.compiler.set_stance("fail_on_recompile"):
            return timer.blocked_autorange(min_run_time=0.1).median


torch.compiler.reset()
fast = torch.compile(Ranker().eval(), backend=counting, fullgraph=True)
for rows in (1, 64):
    batch = torch.randn(rows, 16)
    print(rows, "rows:", compiles(lambda: median(fast, batch)), "graph")
# --8<-- [end:fix]

# --8<-- [start:check]
def why_not(model: nn.Module, batch: Tensor) -> str:
    """The guard that fails, if this call would compile."""
    try:
        with torch.compiler.set_stance("fail_on_recompile"):
            model(batch)
    except RuntimeError as error:
        return str(error).splitlines()[-1].strip()
    return "compiled already"


torch.compiler.reset()
model = torch.compile(Ranker().eval(), backend=counting)
model(batch)
print(why_not(model, batch))
with torch.inference_mode():
    print(why_not(model, batch))
threads = torch.get_num_threads()
torch.set_num_threads(threads + 1)
print(why_not(model, batch))
torch.set_num_threads(threads)
# --8<-- [end:check]
