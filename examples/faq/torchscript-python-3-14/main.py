# --8<-- [start:find]
import warnings
from collections.abc import Callable

import torch
from torch import nn


def uses_torchscript(build: Callable[[], object]) -> bool:
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*torch.jit.*")
        try:
            build()
        except (DeprecationWarning, FutureWarning):
            return True
    return False


model, x = nn.Linear(4, 3).eval(), torch.zeros(2, 4)
for build in (
    lambda: torch.jit.script(model),
    lambda: torch.export.export(model, (x,)),
):
    print("uses torch.jit:", uses_torchscript(build))
# --8<-- [end:find]
