"""Files as a stranger could send them: some harmless, some with a call.

Every call in them does the same thing: it leaves `it-ran.txt` behind.
"""

import io
import logging
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

MARK = "it-ran.txt"


class Stowaway:
    """Whoever unpickles this calls a function, with arguments."""

    def __init__(self, function: Callable[..., object], *args: str) -> None:
        self.call = function, args

    def __reduce__(self) -> tuple[object, ...]:
        return self.call


CALLS = {
    "system": Stowaway(os.system, f"touch {MARK}"),
    "exec": Stowaway(exec, f"open({MARK!r}, 'w')"),
    "open": Stowaway(open, MARK, "w"),
    "logging": Stowaway(logging.FileHandler, MARK),
}


def write(folder: Path) -> dict[str, bool]:
    """Write the files; return for each whether something hides in it."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
    weights = model.state_dict()
    accuracy = np.mean([True, False])
    folder.mkdir()
    torch.save(weights, folder / "weights.pt")
    torch.save({"w": weights, "accuracy": accuracy}, folder / "numpy.pt")
    torch.save(model, folder / "module.pt")
    save_file(weights, folder / "weights.safetensors")
    program = torch.export.export(model, (torch.ones(1, 4),))
    torch.export.save(program, folder / "program.pt2")
    harmless = [path.name for path in folder.iterdir()]

    for name, call in CALLS.items():
        torch.save({"w": weights, "x": call}, folder / f"bad-{name}.pt")
    torch.save({"w": weights, "x": CALLS["system"]}, folder / "bad-old.pt",
               _use_new_zipfile_serialization=False)
    inner = io.BytesIO()
    torch.save(((CALLS["system"],), {}), inner)
    with (
        zipfile.ZipFile(folder / "program.pt2") as genuine,
        zipfile.ZipFile(folder / "bad-program.pt2", "w") as planted,
    ):
        for name in genuine.namelist():
            swap = name.endswith("sample_inputs/model.pt")
            data = inner.getvalue() if swap else genuine.read(name)
            planted.writestr(name, data)
    return {
        path.name: path.name not in harmless
        for path in sorted(folder.iterdir(), key=lambda p: ("bad" in p.name, p))
    }
