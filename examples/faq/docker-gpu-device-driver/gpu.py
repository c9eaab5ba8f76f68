"""Why does this process see no NVIDIA GPU? Run it in the container."""
import ctypes
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Facts:
    driver: bool  # the host's kernel, which the container shares
    devices: bool  # passed on by Docker
    library: bool  # mounted by the NVIDIA Container Toolkit
    cuda: bool  # built into this torch
    visible: bool = True  # not hidden by CUDA_VISIBLE_DEVICES
    memory: bool = True  # /dev/nvidia-uvm, which nvidia-smi does without


def look(root: Path = Path("/")) -> Facts:
    """Collect the facts."""
    import torch

    try:
        ctypes.CDLL("libcuda.so.1")
        library = True
    except OSError:
        library = False
    devices = any((root / "dev").glob("nvidia[0-9]*"))
    wsl = (root / "dev/dxg").exists()  # the GPU of Windows, in WSL 2
    return Facts(
        driver=(root / "proc/driver/nvidia/version").exists() or wsl,
        devices=devices or wsl,
        library=library,
        cuda=torch.version.cuda is not None,
        visible=os.environ.get("CUDA_VISIBLE_DEVICES") not in ("", "-1"),
        memory=(root / "dev/nvidia-uvm").exists() or wsl,
    )


def explain(facts: Facts) -> str:
    """Name the first thing that is missing, from the hardware up."""
    if not facts.driver:
        return "no NVIDIA driver in the kernel: install it on the host"
    if not facts.devices:
        return "no /dev/nvidia0: the container was started without --gpus"
    if not facts.memory:
        return "no /dev/nvidia-uvm: CUDA needs it, so pass it on as well"
    if not facts.library:
        return "no libcuda.so.1: add compute to NVIDIA_DRIVER_CAPABILITIES"
    if not facts.cuda:
        return "this torch is a build for CPUs"
    if not facts.visible:
        return "CUDA_VISIBLE_DEVICES hides the GPU"
    return "all of it is here"


if __name__ == "__main__":
    print(explain(look()))
