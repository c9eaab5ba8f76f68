"""How much memory a program needs, from its graph and without running it."""

from collections.abc import Iterable

import torch
from torch.export import ExportedProgram
from torch.fx import Node


def nbytes(value: object) -> int:
    """Bytes of a tensor, or of several."""
    if isinstance(value, torch.Tensor):
        return int(value.numel()) * value.element_size()
    if isinstance(value, list | tuple):
        return sum(nbytes(part) for part in value)
    return 0


def weights(program: ExportedProgram) -> int:
    """Bytes of parameters, buffers and constants."""
    stored: Iterable[object] = program.state_dict.values()
    return nbytes([*stored, *program.constants.values()])


def activations(program: ExportedProgram) -> int:
    """Most bytes that are alive at once, each result freed after its last use.

    Views count as if they were copies, so this is an estimate from above;
    workspaces of cuDNN and cuBLAS are not in it.
    """
    last: dict[Node, Node] = {}
    for node in program.graph.nodes:
        for needed in node.all_input_nodes:
            last[needed] = node
    stored = {
        spec.arg.name
        for spec in program.graph_signature.input_specs
        if spec.target is not None  # weights, counted above
    }
    alive = peak = 0
    for node in program.graph.nodes:
        if node.op == "output":
            break
        if node.name not in stored:
            alive += nbytes(node.meta.get("val"))
        peak = max(peak, alive)
        for needed in node.all_input_nodes:
            if last[needed] is node and needed.name not in stored:
                alive -= nbytes(needed.meta.get("val"))
    return peak
