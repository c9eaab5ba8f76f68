"""RuntimeError: Compiler: cl is not found, on Windows"""
# --8<-- [start:reproduce]
import torch
from torch._inductor.cpp_builder import check_compiler_exist_windows
from torch._inductor.exc import InvalidCxxCompiler

# What torch.compile does first on Windows (private).
try:
    check_compiler_exist_windows("cl")
except InvalidCxxCompiler as error:
    print(error)
# --8<-- [end:reproduce]


# --8<-- [start:check]
import os
import shutil


def compiler_state() -> str:
    """What torch.compile will find on Windows, in this environment."""
    compiler = os.environ.get("CXX", "cl")
    path = shutil.which(compiler)
    if path is None:
        return f"{compiler} is not on PATH: start from the x64 prompt"
    if compiler == "cl" and not os.environ.get("INCLUDE"):
        return "cl without INCLUDE: run vcvars64.bat, PATH is not enough"
    return "ready"
# --8<-- [end:check]


# --8<-- [start:states]
import tempfile
from pathlib import Path
from unittest import mock

with tempfile.TemporaryDirectory() as folder:
    cl = Path(folder, "cl.exe" if os.name == "nt" else "cl")
    cl.touch(mode=0o755)  # plays the compiler
    for environment in (
        {"PATH": ""},
        {"PATH": folder},
        {"PATH": folder, "INCLUDE": r"C:\MSVC\include"},
    ):
        with mock.patch.dict(os.environ, environment, clear=True):
            print(compiler_state())
# --8<-- [end:states]

# --8<-- [start:fix]
import logging
import sys

from torch import nn


def compile_if_possible(model: nn.Module, platform: str) -> bool:
    """Compile in place, unless Windows has no compiler to do it."""
    if platform == "win32" and (state := compiler_state()) != "ready":
        logging.warning("%s stays eager: %s", type(model).__name__, state)
        return False
    model.compile()
    return True


model = nn.Linear(4, 3).eval()
with mock.patch.dict(os.environ, {"PATH": ""}):
    print("Windows, no compiler:", compile_if_possible(model, "win32"))
print("here:                ", compile_if_possible(model, sys.platform))
# --8<-- [end:fix]
