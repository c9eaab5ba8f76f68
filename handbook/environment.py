"""What this handbook tells the engine: about torch, numpy, matplotlib, NVIDIA's GPUs,
and what is published.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import os
import random
import subprocess
import sys
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fenceproof.hooks import Condition, Hooks
from fenceproof.project import find_project

DEFAULT_SEED = 67280421310721  # torch's own, of a fresh interpreter


def has_cuda() -> bool:
    """Whether torch finds an NVIDIA GPU; torch is imported only when asked."""
    import torch

    return bool(torch.cuda.is_available())


def is_cpu_build() -> bool:
    """Whether the torch that is installed was built for CPUs only."""
    import torch

    return torch.version.cuda is None and torch.version.hip is None


@functools.cache
def gpu() -> str:
    """The GPU of this machine and its driver,
    `NVIDIA H100 80GB HBM3, driver 580.159.04`, or nothing.
    """
    command = ["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"]
    try:
        answer = subprocess.run(
            command, capture_output=True, text=True, check=True, timeout=60
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
    name, _, driver = answer.splitlines()[0].partition(", ") if answer.strip() else ("", "", "")
    return f"{name}, driver {driver}" if name else ""


def forget_operators(customs: Any) -> None:
    """Take back the operators that `torch.library.custom_op` has registered for a page.

    Args:
        customs: torch's private module that keeps them as long as the process lives. Those of
            installed packages stay.
    """
    for name in list(customs.OPDEF_TO_LIB):
        operator = customs.OPDEFS.get(name)
        module = operator._init_fn.__module__ if operator else "__main__"
        if module == "__main__" or module not in sys.modules:
            library = customs.OPDEF_TO_LIB.pop(name)
            library._destroy()
            customs.OPDEFS.pop(name, None)


class Environment(Hooks):
    """The hooks that pyproject.toml names."""

    def conditions(self) -> Mapping[str, Condition]:
        return {
            "cuda": Condition("needs an NVIDIA GPU", has_cuda),
            "cpu_build": Condition("needs a torch built for CPUs", is_cpu_build),
        }

    def facts(self) -> dict[str, str]:
        return {"device": "cuda", "gpu": gpu()} if gpu() else {"device": "cpu"}

    def variables(self, root: Path) -> dict[str, str]:
        data = os.environ.get("HANDBOOK_DATA", str(root / "data"))
        return {"HANDBOOK_DATA": data, "MPLBACKEND": "Agg"}

    def reset(self, requires: list[str], threads: int) -> None:
        if any(name.startswith("torch") for name in requires):
            with contextlib.suppress(ImportError):
                importlib.import_module("torch")
        if "torch" in sys.modules:
            torch: Any = sys.modules["torch"]
            torch.manual_seed(DEFAULT_SEED)
            torch.set_default_dtype(torch.float32)
            torch.set_default_device(None)
            torch.set_num_threads(threads)
            torch.set_grad_enabled(True)
            torch.set_autocast_enabled("cpu", False)
            torch.set_autocast_cache_enabled(True)
            torch.use_deterministic_algorithms(False)
            torch.set_warn_always(True)
        if dynamo := sys.modules.get("torch._dynamo"):
            dynamo.reset()
        if convert := sys.modules.get("torch._dynamo.symbolic_convert"):
            # private: it remembers the module `__main__`, which is another one on each page
            convert._import_module.cache_clear()
            # and it has put that module into the globals of functions of torch that it traced
            for module in list(sys.modules.values()):
                if isinstance(module, types.ModuleType):
                    vars(module).pop("__import___main__", None)
        if customs := sys.modules.get("torch._library.custom_ops"):
            forget_operators(customs)
        if numpy := sys.modules.get("numpy"):
            numpy.random.seed(None)
        if pyplot := sys.modules.get("matplotlib.pyplot"):
            pyplot.close("all")
            pyplot.rcdefaults()

    @contextlib.contextmanager
    def random_state(self) -> Iterator[None]:
        python = random.getstate()
        numpy: Any = sys.modules.get("numpy")
        torch: Any = sys.modules.get("torch")
        arrays = numpy.random.get_state() if numpy else None
        tensors = torch.get_rng_state() if torch else None
        try:
            yield
        finally:
            random.setstate(python)
            if numpy:
                numpy.random.set_state(arrays)
            if torch:
                torch.set_rng_state(tensors)

    def preview(self, site: Path, root: Path) -> None:
        from handbook.publish import preview

        preview(site, find_project(root))

    def publish(self, site: Path, root: Path) -> None:
        from handbook.publish import publish

        publish(site, find_project(root))
