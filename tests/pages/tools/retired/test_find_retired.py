"""The search for retired calls knows what a name means in a file."""

from __future__ import annotations

from pathlib import Path

from fenceproof.project import find_project
from tests.modules import load_module

ROOT = find_project(Path(__file__)).root
OLD = """
import torch as t
from torch import jit as script_it
from torch.nn import Linear
import torchtext

def f(model):  # torch.jit in a comment
    "torch.jit in a text"
    return t.ao.quantization.quantize_dynamic(script_it.freeze(model))

jit = {}
print(jit.get, Linear)
"""


def test_retired_calls_are_found_under_any_name(tmp_path: Path) -> None:
    find_retired = load_module(ROOT / "examples/tools/retired/find_retired.py")
    (tmp_path / "old.py").write_text(OLD)
    assert find_retired.find(tmp_path / "old.py") == [
        (3, "torch.jit"),
        (5, "torchtext"),
        (9, "torch.ao.quantization"),
        (9, "torch.jit"),
    ]
