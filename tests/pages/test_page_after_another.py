"""Pages share a process: what one of them left in TorchDynamo must not reach the next."""

from __future__ import annotations

import sys
import types

import pytest
import torch

from handbook.environment import Environment


def page_with(variable: str, value: int) -> types.ModuleType:
    """A page's module `__main__`, with a function that reads a global variable of the page."""
    page = types.ModuleType("__main__")
    exec(f"{variable} = {value}\ndef scaled(x):\n    return x * {variable}\n", page.__dict__)
    return page


def test_a_compiled_function_reads_the_variables_of_its_own_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    environment, threads = Environment(), torch.get_num_threads()
    results = []
    for variable, value in (("factor", 2), ("scale", 3)):
        page = page_with(variable, value)
        monkeypatch.setitem(sys.modules, "__main__", page)
        environment.reset([], threads)
        library = types.ModuleType(
            "library"
        )  # its function calls the page's: TorchDynamo inlines it
        exec("def applied(function, x):\n    return function(x)\n", library.__dict__)
        compiled = torch.compile(library.applied, backend="eager", fullgraph=True)
        results.append(compiled(page.scaled, torch.ones(1)).item())
    monkeypatch.undo()
    environment.reset([], threads)
    assert results == [2, 3]
