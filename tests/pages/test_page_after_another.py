"""Pages share a process: what one of them left in torch must not reach the next."""

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
    library = types.ModuleType("library")  # its function calls the page's: TorchDynamo inlines it
    exec("def applied(function, x):\n    return function(x)\n", library.__dict__)
    monkeypatch.setitem(sys.modules, "library", library)
    for variable, value in (("factor", 2), ("scale", 3)):
        page = page_with(variable, value)
        monkeypatch.setitem(sys.modules, "__main__", page)
        environment.reset([], threads)
        compiled = torch.compile(library.applied, backend="eager", fullgraph=True)
        results.append(compiled(page.scaled, torch.ones(1)).item())
    monkeypatch.undo()
    environment.reset([], threads)
    assert results == [2, 3]


def test_an_operator_of_a_page_is_gone_on_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where its function is still referenced; those of packages stay."""
    environment, threads = Environment(), torch.get_num_threads()
    define = (
        "import torch\n"
        "def halved(x: torch.Tensor) -> torch.Tensor:\n    return x / 2\n"
        "operator = torch.library.custom_op(f'test_{name}::halved', halved, mutates_args=())\n"
    )
    package = types.ModuleType("package_of_operators")
    monkeypatch.setitem(sys.modules, package.__name__, package)
    for module, name in ((types.ModuleType("__main__"), "page"), (package, "package")):
        module.__dict__["name"] = name
        exec(define, module.__dict__)
    environment.reset([], threads)
    assert torch.ops.test_package.halved(torch.ones(1)).item() == 0.5
    library = torch.library.Library("test_page", "FRAGMENT")
    library.define("halved(Tensor x) -> Tensor")  # the name is free
