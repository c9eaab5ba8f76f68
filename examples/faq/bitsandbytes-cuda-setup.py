# --8<-- [start:torch]
import torch

print("torch is built for CUDA:", torch.version.cuda)
print("and finds a GPU:        ", torch.cuda.is_available())
# --8<-- [end:torch]

# --8<-- [start:file]
from importlib.metadata import PackageNotFoundError, files


def libraries(package: str) -> list[str]:
    """The compiled libraries that an installed package brings."""
    try:
        return sorted(
            path.name
            for path in files(package) or []
            if path.suffix in {".so", ".dll"}
        )
    except PackageNotFoundError:
        return []


def wanted(cuda: str) -> str:
    """The file that bitsandbytes loads for this version of CUDA."""
    return f"libbitsandbytes_cuda{cuda.replace('.', '')}"


print(wanted("12.8"), "should be among", libraries("bitsandbytes"))
# --8<-- [end:file]

# --8<-- [start:loader]
import ctypes

ctypes.CDLL("libcudart.so.12")
# --8<-- [end:loader]
