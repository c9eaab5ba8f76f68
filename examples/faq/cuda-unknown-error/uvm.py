"""Why does CUDA not start although nvidia-smi works?"""
import os
from pathlib import Path


def find_fault(root: Path = Path("/")) -> str:
    """Name the first part of nvidia_uvm that is missing."""
    if not (root / "proc/driver/nvidia/version").exists():
        return "no NVIDIA driver in the kernel"
    modules = (root / "proc/modules").read_text().splitlines()
    if not any(line.startswith("nvidia_uvm ") for line in modules):
        return "nvidia_uvm is not loaded: sudo modprobe nvidia_uvm"
    device = root / "dev/nvidia-uvm"
    if not device.exists():
        return "no /dev/nvidia-uvm: create it, or pass it on"
    try:
        os.close(os.open(device, os.O_RDWR))
    except OSError as error:
        return f"/dev/nvidia-uvm: {error.strerror}"
    return "all parts are here: load nvidia_uvm again, or reboot"


if __name__ == "__main__":
    print(find_fault())
