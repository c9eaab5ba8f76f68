"""Does a loader read the file, or map it?"""
# --8<-- [start:compare]
from pathlib import Path

import safetensors.torch
import torch

weights = {"weight": torch.ones(512, 1024)}
safetensors.torch.save_file(weights, "model.safetensors")
torch.save(weights, "model.pt")


def is_mapped(tensor: torch.Tensor) -> bool:
    """Whether the tensor's memory is a mapping of a file (on Linux)."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        span, _, _, _, _, *path = line.split(maxsplit=5)
        first, end = (int(bound, 16) for bound in span.split("-"))
        if first <= tensor.data_ptr() < end:
            return bool(path) and path[0].startswith("/")
    return False


def read(path: str) -> dict[str, torch.Tensor]:
    """Read the whole file once, from its beginning to its end."""
    return safetensors.torch.load(Path(path).read_bytes())


for name, loaded in {
    "load_file": safetensors.torch.load_file("model.safetensors"),
    "load(read_bytes())": read("model.safetensors"),
    "torch.load": torch.load("model.pt"),
    "torch.load, mmap=True": torch.load("model.pt", mmap=True),
}.items():
    print(f"{name:22}", "maps" if is_mapped(loaded["weight"]) else "reads")
# --8<-- [end:compare]

# --8<-- [start:copy]
import os
import shutil
import tempfile

NETWORK = {"nfs", "nfs4", "cifs", "smb3", "lustre", "ceph", "9p"}


def file_system(path: str) -> str:
    """The type of the file system that holds `path` (on Linux)."""
    mounts = [
        line.split()[1:3]
        for line in Path("/proc/self/mounts").read_text().splitlines()
    ]
    real = os.path.realpath(path)
    holds = [
        (len(point), kind)
        for point, kind in mounts
        if real == point or real.startswith(point.rstrip("/") + "/")
    ]
    return max(holds)[1]


def to_local_disk(path: str) -> str:
    """The path, or that of a local copy if it is on the network."""
    kind = file_system(path)
    if kind not in NETWORK and not kind.startswith("fuse"):
        return path
    return shutil.copy(path, tempfile.mkdtemp())


local = to_local_disk("model.safetensors")
print(sorted(safetensors.torch.load_file(local)))
# --8<-- [end:copy]
