"""HIP error: invalid device function"""
# --8<-- [start:silent]
import warnings
from unittest import mock

import torch

# torch 2.12 for ROCm 7.2
ROCM_72 = [
    "gfx900", "gfx906", "gfx908", "gfx90a", "gfx942", "gfx950", "gfx1030",
    "gfx1100", "gfx1101", "gfx1102", "gfx1150", "gfx1151", "gfx1200",
    "gfx1201",
]  # fmt: skip
RADEON_780M = {
    "device_count": lambda: 1,
    "get_device_name": lambda index: "AMD Radeon 780M",
    "get_device_properties": lambda index: mock.Mock(gcnArchName="gfx1103"),
    "get_arch_list": lambda: ROCM_72,
}
with (
    mock.patch.multiple(torch.cuda, **RADEON_780M),
    mock.patch.object(torch.version, "cuda", None),
    mock.patch.object(torch.version, "hip", "7.2"),
    warnings.catch_warnings(record=True) as caught,
):
    torch.cuda._check_capability()  # private: run when CUDA starts
    torch.cuda._check_cubins()
print("warnings:", len(caught))
# --8<-- [end:silent]


# --8<-- [start:check]
def has_kernels(archs: list[str], gpu: str) -> bool:
    """Was a ROCm build compiled for a GPU, such as gfx90a:xnack-?

    What follows a colon are features, not another kind of GPU.
    """
    return gpu.split(":")[0] in [arch.split(":")[0] for arch in archs]


GPUS = {
    "Instinct MI300X": "gfx942:sramecc+:xnack-",
    "RX 9070 XT": "gfx1201",
    "RX 7900 XTX": "gfx1100",
    "RX 7600": "gfx1102",
    "Radeon 8060S": "gfx1151",
    "Radeon 780M": "gfx1103",
    "RX 6800 XT": "gfx1030",
    "RX 6700 XT": "gfx1031",
    "RX 5700 XT": "gfx1010",
}
for name, gpu in GPUS.items():
    found = "yes" if has_kernels(ROCM_72, gpu) else "no"
    print(f"{name:16} {gpu.split(':')[0]:8} {found}")
# --8<-- [end:check]


# --8<-- [start:gate]
def check_amd_gpus() -> int:
    """Count the GPUs, and fail at start-up if one cannot be used."""
    archs = torch.cuda.get_arch_list()
    for index in range(torch.cuda.device_count()):
        gpu = torch.cuda.get_device_properties(index).gcnArchName
        if not has_kernels(archs, gpu):
            name = torch.cuda.get_device_name(index)
            raise RuntimeError(f"{name} is {gpu}; built for {archs}")
    return torch.cuda.device_count()
# --8<-- [end:gate]


try:
    # --8<-- [start:refuse]
    with mock.patch.multiple(torch.cuda, **RADEON_780M):
        check_amd_gpus()
    # --8<-- [end:refuse]
except RuntimeError as error:
    print(error)

# --8<-- [start:device]
gpu = torch.accelerator.current_accelerator(check_available=True)
device = gpu or torch.device("cpu")
print(torch.ones(2, device=device).sum().item(), "computed on", device.type)
# --8<-- [end:device]
