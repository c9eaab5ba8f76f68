"""Which toolkit would a build find, and does it fit this torch?"""
import os
import re
import shutil
import subprocess
from pathlib import Path


def home() -> Path | None:
    """The folder that torch would take, in torch's order."""
    for name in ("CUDA_HOME", "CUDA_PATH"):
        if os.environ.get(name):
            return Path(os.environ[name])
    nvcc = shutil.which("nvcc")
    if nvcc:
        return Path(nvcc).parent.parent
    usual = Path("/usr/local/cuda")
    return usual if usual.exists() else None


def release(folder: Path) -> str | None:
    """The version that its nvcc reports."""
    try:
        text = subprocess.run(
            [folder / "bin/nvcc", "--version"], capture_output=True, text=True
        ).stdout
    except OSError:
        return None
    found = re.search(r"release (\d+\.\d+)", text)
    return found[1] if found else None


def verdict(toolkit: str | None, torch_cuda: str | None) -> str:
    if torch_cuda is None:
        return "this torch is a build for CPUs: no kernel can be built for it"
    if toolkit is None:
        return f"no nvcc: install the toolkit {torch_cuda}, or take a wheel"
    if toolkit.split(".")[0] != torch_cuda.split(".")[0]:
        return f"nvcc {toolkit}, torch for {torch_cuda}: replace one of the two"
    if toolkit != torch_cuda:
        return f"nvcc {toolkit}, torch for {torch_cuda}: only a warning"
    return "they fit"


if __name__ == "__main__":
    import torch

    folder = home()
    print("toolkit:", folder)
    print(verdict(folder and release(folder), torch.version.cuda))
