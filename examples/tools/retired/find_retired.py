"""Find retired tools in Python files: python find_retired.py folder"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

RETIRED = {
    "ai_edge_torch": "litert_torch",
    "torch.ao.quantization": "torchao",
    "torch.cuda.amp": "torch.amp",
    "torch.export.export_for_training": "torch.export.export",
    "torch.jit": "torch.export, or torch.compile",
    "torch.onnx.dynamo_export": "torch.onnx.export",
    "torch.quantization": "torchao",
    "torch.utils.mobile_optimizer": "ExecuTorch",
    "torchdata.datapipes": "torch.utils.data",
    "torchtext": "tokenizers, or the tokenizer of your model",
    "transformers.onnx": "optimum-onnx",
    "ts": "another server than TorchServe",
}


def dotted(node: ast.expr) -> str:
    """`torch.jit.script` for that expression, otherwise nothing."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (before := dotted(node.value)):
        return f"{before}.{node.attr}"
    return ""


def names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Each line with a name that it imports or uses, in full."""
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
                first = alias.name.partition(".")[0]
                known[alias.asname or first] = (
                    alias.name if alias.asname else first
                )
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield node.lineno, full
                known[alias.asname or alias.name] = full
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (name := dotted(node)):
            first, _, rest = name.partition(".")
            if first in known:
                yield node.lineno, f"{known[first]}.{rest}"


def find(path: Path) -> list[tuple[int, str]]:
    """Lines of a file and the retired names on them."""
    found = set()
    for line, name in names(ast.parse(path.read_text("utf-8"))):
        for old in RETIRED:
            if f"{name}.".startswith(f"{old}."):
                found.add((line, old))
    return sorted(found)


if __name__ == "__main__":
    count = 0
    for path in sorted(Path(sys.argv[1]).rglob("*.py")):
        for line, old in find(path):
            print(f"{path}:{line}: {old} -> {RETIRED[old]}")
            count += 1
    sys.exit(min(count, 1))
