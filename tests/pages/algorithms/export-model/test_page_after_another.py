"""Pages share a process: what one of them left in TorchDynamo must not reach the next."""

from __future__ import annotations

import importlib
import sys
import types

import pytest
import torch

from handbook.environment import Environment


def test_dynamo_finds_the_main_module_of_this_page(monkeypatch: pytest.MonkeyPatch) -> None:
    convert = importlib.import_module("torch._dynamo.symbolic_convert")
    before = torch.get_num_threads()
    convert._import_module("__main__")
    page = types.ModuleType("__main__")
    monkeypatch.setitem(sys.modules, "__main__", page)
    Environment().reset([], before)
    assert convert._import_module("__main__") is page
    convert._import_module.cache_clear()
