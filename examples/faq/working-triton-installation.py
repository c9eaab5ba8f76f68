"""TritonMissing: Cannot find a working triton installation"""
# --8<-- [start:pretend]
from unittest import mock

import torch
from torch import Tensor
from torch._inductor.exc import TritonMissing
from torch._inductor.scheduler import Scheduler

# What torch._inductor does for a GPU when there is no Triton (private).
no_triton = mock.patch.object(
    Scheduler, "create_backend", side_effect=TritonMissing(None)
)


@torch.compile
def double(x: Tensor) -> Tensor:
    return x * 2
# --8<-- [end:pretend]


try:
    # --8<-- [start:fails]
    with no_triton:
        double(torch.ones(3))
    # --8<-- [end:fails]
except TritonMissing as error:
    print(error)

# --8<-- [start:suppress]
from torch._dynamo.utils import counters

torch._dynamo.reset()
counters.clear()
with no_triton, torch._dynamo.config.patch(suppress_errors=True):
    print(double(torch.ones(3)))
print("compiled:", counters["frames"].get("ok", 0))
# --8<-- [end:suppress]

# --8<-- [start:fix]
import importlib.util
import logging

from torch import nn


def compile_if_possible(model: nn.Module, device: str) -> bool:
    """Compile in place, unless the GPU's compiler is missing."""
    if device == "cuda" and importlib.util.find_spec("triton") is None:
        logging.warning("no triton: %s stays eager", type(model).__name__)
        return False
    model.compile()
    return True


model = nn.Linear(4, 3).eval()
with mock.patch("importlib.util.find_spec", return_value=None):
    print("GPU without Triton:", compile_if_possible(model, "cuda"))
print("CPU:               ", compile_if_possible(model, "cpu"))
# --8<-- [end:fix]
