"""CUBLAS_STATUS_NOT_INITIALIZED"""
# --8<-- [start:look]
import re

LIBRARY = re.compile(r"(\S+)/(lib(?:cublas|cublasLt|cudnn)\.so\S*)")


def look(free_gb: float, maps: str, log: str) -> str:
    """The likely cause, by memory, loaded libraries and the log."""
    if "Assertion" in log:
        return "an index out of range, before this call"
    if "Xid" in log:
        return "the driver's log has an Xid: look it up"
    if free_gb < 1:
        return "no memory for the library"
    folders: dict[str, set[str]] = {}
    for folder, name in LIBRARY.findall(maps):
        folders.setdefault(name.partition(".so")[0], set()).add(folder)
    if any(len(found) > 1 for found in folders.values()):
        return "two copies of one library"
    if "libcublas" in folders and "libcublasLt" in folders:
        if folders["libcublas"] != folders["libcublasLt"]:
            return "libraries from two installations"
    return "none of these: CUDA_LAUNCH_BLOCKING=1"


wheel = "/venv/nvidia/cublas/lib"
good = f"{wheel}/libcublas.so.12 {wheel}/libcublasLt.so.12"
mixed = f"{wheel}/libcublas.so.12 /usr/local/cuda/lib64/libcublasLt.so.12"
print(look(0.2, good, ""))
print(look(40, good, "Indexing.cu:1284: Assertion `index >= ...` failed."))
print(look(40, mixed, ""))
print(look(40, good, "NVRM: Xid (PCI:0000:10:1c): 31, pid=1896, ..."))
print(look(40, good, ""))
# --8<-- [end:look]

# --8<-- [start:mine]
from pathlib import Path

import torch

if torch.cuda.is_available():
    free = torch.cuda.mem_get_info()[0] / 1e9
    print(look(free, Path("/proc/self/maps").read_text(), ""))
else:
    print("no CUDA here")
# --8<-- [end:mine]

# --8<-- [start:open]
from torch import nn


def open_libraries(device: str) -> None:
    """Let cuBLAS and cuDNN take their memory before the model does."""
    if device.startswith("cuda"):
        torch.cuda.set_per_process_memory_fraction(0.9)
    with torch.inference_mode():
        nn.Linear(8, 8, device=device)(torch.ones(1, 8, device=device))
        image = torch.ones(1, 3, 8, 8, device=device)
        nn.Conv2d(3, 8, 3, device=device)(image)
    if device.startswith("cuda"):
        torch.cuda.synchronize()


open_libraries("cuda" if torch.cuda.is_available() else "cpu")
print("ready for the model")
# --8<-- [end:open]

# --8<-- [start:restart]
def must_restart(error: Exception) -> bool:
    """May this process go on after the error?"""
    if isinstance(error, torch.OutOfMemoryError):
        return False  # the context is whole: free memory, and go on
    signs = ("CUDA error", "CUBLAS_STATUS", "CUDNN_STATUS", "Cuda failure")
    return any(sign in str(error) for sign in signs)


for error in (
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate ..."),
    RuntimeError("CUDA error: an illegal memory access was encountered"),
    RuntimeError("CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling"),
    ValueError("no image"),
):
    print(f"{must_restart(error)!s:5}", error)
# --8<-- [end:restart]
