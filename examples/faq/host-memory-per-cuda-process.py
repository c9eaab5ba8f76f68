# --8<-- [start:memory]
import ctypes
from pathlib import Path

import torch


def memory() -> tuple[float, float]:
    """MiB of this process: its own, and pages of files (on Linux)."""
    status = Path("/proc/self/status").read_text().splitlines()
    fields = dict(line.split(":", maxsplit=1) for line in status)
    own, files = (
        int(fields[name].split()[0]) / 1024 for name in ("RssAnon", "RssFile")
    )
    return own, files


def report(name: str, before: tuple[float, float]) -> None:
    """Print what has been added since then, to the next 10 MiB."""
    own, files = (
        round(now - then, -1) + 0.0 for now, then in zip(memory(), before)
    )
    print(f"{name:21} own {own:+4.0f} MiB, files {files:+4.0f} MiB")
# --8<-- [end:memory]


# --8<-- [start:load]
torch.save({"weight": torch.ones(25 * 2**20)}, "model.pt")  # 100 MiB
ctypes.CDLL(None).malloc_trim(0)  # or freed memory is taken again, unseen
for name, mmap in [("torch.load", False), ("torch.load, mmap=True", True)]:
    before = memory()
    weights = torch.load("model.pt", map_location="cpu", mmap=mmap)
    weights["weight"].sum()  # read every page
    report(name, before)
    del weights
# --8<-- [end:load]


if torch.cuda.is_available():
    # --8<-- [start:cuda]
    before = memory()
    torch.ones(8, 8, device="cuda") @ torch.ones(8, 8, device="cuda")
    torch.cuda.synchronize()
    report("CUDA, cuBLAS", before)
    # --8<-- [end:cuda]
