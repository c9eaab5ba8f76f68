"""CUDA error: no kernel image is available for execution on the device"""
# --8<-- [start:pretend]
import warnings
from unittest import mock

import torch

RTX_5090 = {
    "device_count": lambda: 1,
    "get_device_name": lambda index: "NVIDIA GeForce RTX 5090",
    "get_device_capability": lambda index: (12, 0),
    "get_arch_list": lambda: ["sm_50", "sm_80", "sm_86", "sm_90"],
}
with (
    mock.patch.multiple(torch.cuda, **RTX_5090),
    mock.patch.object(torch.version, "cuda", "12.6"),
    warnings.catch_warnings(record=True) as caught,
):
    torch.cuda._check_cubins()  # private: runs when CUDA starts
print(str(caught[0].message).strip().replace(". ", ".\n"))
# --8<-- [end:pretend]


# --8<-- [start:check]
def has_kernels(archs: list[str], capability: tuple[int, int]) -> bool:
    """Can a build with kernels for `archs` run on such a GPU?

    A cubin, `sm_XY`, runs on X.Y and later minor versions of X.
    PTX, `compute_XY`, is compiled by the driver for X.Y or later.
    """
    for arch in archs:
        kind, _, number = arch.partition("_")
        version = int(number[:-1]), int(number[-1])
        if kind == "compute" and version <= capability:
            return True
        if (
            kind == "sm"
            and version[0] == capability[0]
            and version[1] <= capability[1]
        ):
            return True
    return False


cu126 = ["sm_50", "sm_60", "sm_70", "sm_75", "sm_80", "sm_86", "sm_90"]
cu130 = ["sm_75", "sm_80", "sm_86", "sm_90", "sm_100", "sm_120"]
gpus = {
    "GTX 1080": (6, 1),
    "V100": (7, 0),
    "T4": (7, 5),
    "RTX 4090": (8, 9),
    "H200": (9, 0),
    "B200": (10, 0),
    "RTX 5090": (12, 0),
}
print("GPU       capability  cu126  cu130")
for name, capability in gpus.items():
    major, minor = capability
    yes = [has_kernels(archs, capability) for archs in (cu126, cu130)]
    print(f"{name:9} {major:>8}.{minor}", *(f"{y!s:>6}" for y in yes))
# --8<-- [end:check]


# --8<-- [start:gate]
def check_gpus() -> int:
    """Count the GPUs, and fail at start-up if one cannot be used."""
    archs = torch.cuda.get_arch_list()
    for index in range(torch.cuda.device_count()):
        capability = torch.cuda.get_device_capability(index)
        if not has_kernels(archs, capability):
            name = torch.cuda.get_device_name(index)
            raise RuntimeError(f"{name} {capability} is not in {archs}")
    return torch.cuda.device_count()
# --8<-- [end:gate]


try:
    # --8<-- [start:refuse]
    with mock.patch.multiple(torch.cuda, **RTX_5090):
        check_gpus()
    # --8<-- [end:refuse]
except RuntimeError as error:
    print(error)
