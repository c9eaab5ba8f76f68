# --8<-- [start:count]
from collections.abc import Callable

import torch
from torch import nn

compiled = 0


def counting(graph: torch.fx.GraphModule, inputs: list) -> Callable:
    global compiled
    compiled += 1
    return graph.forward


model = torch.compile(nn.Linear(4, 3).eval(), backend=counting)
print("after torch.compile:", compiled)
with torch.inference_mode():
    for name, batch in {
        "the first call": 8, "the second call": 8,
        "another batch size": 9,
    }.items():
        model(torch.zeros(batch, 4))
        print(f"after {name}:", compiled)
# --8<-- [end:count]

# --8<-- [start:warm]
with torch.inference_mode():
    for batch in (1, 2, 64):
        model(torch.zeros(batch, 4))
    print("warm:", compiled > 0)

    before = compiled
    with torch.compiler.set_stance("fail_on_recompile"):
        for batch in (1, 7, 33, 64):
            model(torch.zeros(batch, 4))
print("compiled while serving:", compiled - before)
# --8<-- [end:warm]
