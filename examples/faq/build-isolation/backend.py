"""What setup.py of a package with CUDA kernels does, in small."""
import zipfile
from pathlib import Path

NAME = "fast_kernels-1.0"


def get_requires_for_build_wheel(config: object = None) -> list[str]:
    import torch  # to find the headers of the torch that is installed

    print("building for torch", torch.__version__)
    return []


def build_wheel(folder: str, config: object = None, meta: object = None) -> str:
    wheel = f"{NAME}-py3-none-any.whl"
    with zipfile.ZipFile(Path(folder, wheel), "w") as archive:
        archive.writestr("fast_kernels.py", "ready = True\n")
        info = f"{NAME}.dist-info"
        archive.writestr(
            f"{info}/METADATA",
            "Metadata-Version: 2.1\nName: fast-kernels\nVersion: 1.0\n",
        )
        archive.writestr(
            f"{info}/WHEEL",
            "Wheel-Version: 1.0\nGenerator: backend\n"
            "Root-Is-Purelib: true\nTag: py3-none-any\n",
        )
        archive.writestr(f"{info}/RECORD", "")
    return wheel
