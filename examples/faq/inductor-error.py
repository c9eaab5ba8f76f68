"""InductorError, BackendCompilerFailed, SubprocException: read the cause"""
# --8<-- [start:pretend]
from contextlib import contextmanager
from unittest import mock

import torch
from torch import Tensor, nn
from torch._inductor.compile_worker.subproc_pool import SubprocException
from torch._inductor.scheduler import Scheduler

# A compiler that fails in a process of its own, as one does on a GPU.
REPORT = """Traceback (most recent call last):
  File "triton/backends/nvidia/compiler.py", in make_cubin
triton.runtime.errors.PTXASError: PTXAS error
ptxas fatal   : Value 'sm_121a' is not defined for option 'gpu-name'
"""


@contextmanager
def broken_inductor():
    with (
        torch._inductor.config.patch(fx_graph_cache=False),
        torch._functorch.config.patch(enable_autograd_cache=False),
        mock.patch.object(
            Scheduler, "codegen", side_effect=SubprocException(REPORT)
        ),
    ):
        yield


class Ranker(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(16, 4)

    def forward(self, features: Tensor) -> Tensor:
        return self.layer(features).softmax(1)


model, batch = Ranker().eval(), torch.ones(8, 16)
# --8<-- [end:pretend]

try:
    # --8<-- [start:fails]
    with broken_inductor(), torch.no_grad():
        torch.compile(model)(batch)
    # --8<-- [end:fails]
except Exception as error:
    print(type(error), error)


# --8<-- [start:stages]
from torch._dynamo.exc import TorchDynamoException


def first_that_fails(model: nn.Module, batch: Tensor) -> str:
    """The part of torch.compile that cannot take this model."""
    stages = {
        "eager": "Dynamo, which reads the Python code",
        "aot_eager": "AOTAutograd, which rewrites the graph",
        "inductor": "Inductor, which writes the kernels",
    }
    for backend, part in stages.items():
        torch.compiler.reset()
        try:
            torch.compile(model, backend=backend)(batch)
        except TorchDynamoException as error:
            return f"{part}: {type(error).__name__}"
    return "none"


with torch.no_grad(), broken_inductor():
    print(first_that_fails(model, batch))
# --8<-- [end:stages]

# --8<-- [start:cause]
from torch._dynamo.exc import BackendCompilerFailed


def cause(error: BackendCompilerFailed) -> str:
    """The last line of what the compiler said."""
    return str(error.inner_exception).strip().splitlines()[-1]


try:
    with broken_inductor(), torch.no_grad():
        torch.compiler.reset()
        torch.compile(model)(batch)
except BackendCompilerFailed as error:
    print(cause(error))
# --8<-- [end:cause]

# --8<-- [start:fix]
import logging
from collections.abc import Callable


def compiled_or_eager(
    model: nn.Module, batch: Tensor
) -> Callable[[Tensor], Tensor]:
    """Compile and warm up at the start; if that fails, say so once."""
    compiled = torch.compile(model)
    try:
        with torch.inference_mode():
            compiled(batch)
    except BackendCompilerFailed as error:
        logging.error("serving eagerly: %s", cause(error))
        return model
    return compiled


torch.compiler.reset()
with broken_inductor():
    serving = compiled_or_eager(model, batch)
with torch.inference_mode():
    print("eager:", serving is model, "answers:", len(serving(batch)))
# --8<-- [end:fix]
