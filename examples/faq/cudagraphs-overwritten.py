# --8<-- [start:replay]
from collections.abc import Callable

import torch
from torch import Tensor


class Recorded:
    """Writes each result into the same memory, as a CUDA graph does."""

    def __init__(self, fn: Callable[[Tensor], Tensor], x: Tensor) -> None:
        self.fn = fn
        self.output = fn(x)

    def __call__(self, x: Tensor) -> Tensor:
        return self.output.copy_(self.fn(x))


double = Recorded(lambda x: 2 * x, torch.zeros(2))
first = double(torch.tensor([1.0, 2.0]))
kept = first.clone()
second = double(torch.tensor([3.0, 4.0]))
print("first: ", first.tolist())
print("kept:  ", kept.tolist())
print("second:", second.tolist())
# --8<-- [end:replay]

# --8<-- [start:modes]
modes = torch._inductor.list_mode_options()
print([m for m in modes if modes[m].get("triton.cudagraphs")])
# --8<-- [end:modes]

if torch.cuda.is_available():
    # --8<-- [start:fails]
    import torch
    from torch import nn

    model = nn.Linear(64, 64).cuda().eval().requires_grad_(False)
    model = torch.compile(model, mode="reduce-overhead")
    x = torch.randn(8, 64, device="cuda")
    for _ in range(3):  # compile, record, replay
        model(x)
    first = model(x)
    second = model(x)
    print(first.sum())
    # --8<-- [end:fails]

    # --8<-- [start:clone]
    first = model(x).clone()
    second = model(x).clone()
    print(torch.allclose(first, second))
    # --8<-- [end:clone]

    # --8<-- [start:step]
    results = []
    for _ in range(3):
        torch.compiler.cudagraph_mark_step_begin()
        first = model(x)
        second = model(first)  # in the same step: first is still there
        results.append((first + second).clone())
    print(torch.allclose(results[0], results[2]))
    # --8<-- [end:step]
