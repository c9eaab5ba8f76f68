import sys
import warnings

import torch


def add_one(x: torch.Tensor) -> torch.Tensor:
    return x + 1


sys.version_info = (3, 14, 0, "final", 0)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    torch.jit.script(add_one)
    torch.jit.trace(add_one, torch.ones(1))

for text in sorted({str(w.message) for w in caught}):
    call, said = text.split(". ")[0].split(" is ")
    print(f"{call.strip('`')}: {said}")
