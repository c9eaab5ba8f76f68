"""The engine's layers: imports go one way, and nobody reads another module's private names."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from fenceproof.project import find_project

ROOT = find_project(Path(__file__)).root
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for package in ("fenceproof", "handbook")
    for path in sorted((ROOT / package).rglob("*.py"))
}
# Each may import from itself and from what stands before it.
LAYERS = ["fenceproof", "fenceproof.run", "fenceproof.integration", "handbook"]
TOP = ("fenceproof.__main__",)  # commands: they may use everything
OF_THE_ENGINE = {"torch", "numpy", "matplotlib", "handbook"}


def layer(module: str) -> int:
    return max(
        n for n, name in enumerate(LAYERS) if module == name or module.startswith(f"{name}.")
    )


def imports(path: Path) -> set[str]:
    """Every module that a file imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                names.add(inner if inner in MODULES else node.module)
    return names


@pytest.mark.parametrize("module", [name for name in MODULES if name not in TOP])
def test_imports_go_one_way(module: str) -> None:
    used = imports(MODULES[module])
    above = {name for name in used & MODULES.keys() if layer(name) > layer(module)}
    assert not above, f"{module} imports from above: {sorted(above)}"
    if layer(module) < LAYERS.index("handbook"):
        assert not {name.partition(".")[0] for name in used} & OF_THE_ENGINE


def test_no_import_is_circular() -> None:
    edges = {name: imports(path) & MODULES.keys() - {name} for name, path in MODULES.items()}
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " -> ".join([*path[path.index(name) :], name])
        if name not in done:
            for other in edges[name]:
                visit(other, (*path, name))
            done.add(name)

    for name in edges:
        visit(name, ())


# Private names of libraries that have no public way to the same thing.
NO_PUBLIC_WAY = {
    # TorchDynamo remembers the module `__main__`, and torch.compiler.reset() does not forget it;
    # torch.library.custom_op keeps an operator, and says neither whose it is nor how to end it
    "handbook.environment": {"convert._import_module", "operator._init_fn", "library._destroy"},
    # documented in spite of its name: the end of a forked process
    "fenceproof.integration.mutate": {"os._exit"},
}


@pytest.mark.parametrize("module", MODULES)
def test_private_names_stay_in_their_module(module: str) -> None:
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    private = {
        f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith(("fenceproof", "handbook"))
        for alias in node.names
        if alias.name.startswith("_") and not alias.name.startswith("__")
    }
    # attributes of what is not `self`, a class of the module, or a library's own base class
    owners = {"self", "cls"} | {
        node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and node.attr.startswith("_")
            and not node.attr.startswith("__")
        ):
            value = node.value
            owned = isinstance(value, ast.Name) and value.id in owners
            inherited = (
                isinstance(value, ast.Call)
                and isinstance(value.func, ast.Name)
                and value.func.id == "super"
            )
            if not owned and not inherited:
                private.add(ast.unparse(node))
    assert private == NO_PUBLIC_WAY.get(module, set())


@pytest.mark.parametrize("module", [name for name in MODULES if name.startswith("fenceproof")])
def test_public_functions_are_documented(module: str) -> None:
    todo: list[ast.AST] = [ast.parse(MODULES[module].read_text(encoding="utf-8"))]
    missing = []
    while todo:
        for node in ast.iter_child_nodes(todo.pop()):
            kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
            if isinstance(node, kinds) and not node.name.startswith("_"):
                missing += [] if ast.get_docstring(node) else [f"{node.name}, line {node.lineno}"]
                todo += [node] if isinstance(node, ast.ClassDef) else []
    assert not missing, f"{module}: {missing}"
