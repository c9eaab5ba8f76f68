"""PytorchStreamWriter failed writing file; unexpected pos"""
# --8<-- [start:limit]
import resource
import signal

import torch

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # an error, not a signal
_, ceiling = resource.getrlimit(resource.RLIMIT_FSIZE)
checkpoint = {"weight": torch.ones(1_000_000)}  # 4 MB
# --8<-- [end:limit]

try:
    # --8<-- [start:fails]
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, ceiling))
    torch.save(checkpoint, "full.pt")
    # --8<-- [end:fails]
except RuntimeError as error:
    print(error)

# --8<-- [start:left]
from pathlib import Path

try:
    torch.save(checkpoint, "full.pt")
except RuntimeError as error:
    print("first:", error.__context__)
print("left: ", Path("full.pt").stat().st_size, "bytes")
resource.setrlimit(resource.RLIMIT_FSIZE, (ceiling, ceiling))
# --8<-- [end:left]

try:
    # --8<-- [start:parent]
    torch.save(checkpoint, "checkpoints/last.pt")
    # --8<-- [end:parent]
except RuntimeError as error:
    print(error)

# --8<-- [start:fix]
import os
import shutil


def save(obj: object, path: Path, needed: int) -> None:
    """Write path whole or not at all; needed is its size in bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(path.parent).free
    if free < 1.1 * needed:
        raise OSError(f"{path}: {free} bytes free, {needed} needed")
    draft = path.with_name(path.name + ".part")
    try:
        torch.save(obj, draft)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


size = sum(t.nbytes for t in checkpoint.values())
save(checkpoint, Path("checkpoints/last.pt"), size)
print([p.name for p in Path("checkpoints").iterdir()])
# --8<-- [end:fix]
