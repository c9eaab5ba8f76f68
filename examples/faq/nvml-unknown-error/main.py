# --8<-- [start:nvml]
import warnings
from unittest import mock

import torch

nvml = mock.Mock()  # a library that answers as in such a container
nvml.nvmlInit.return_value = 999  # NVML_ERROR_UNKNOWN
with (
    mock.patch("ctypes.CDLL", return_value=nvml),
    warnings.catch_warnings(record=True) as caught,
):
    count = torch.cuda._raw_device_count_nvml()  # private
print(f"{caught[0].category.__name__}: {caught[0].message}; count {count}")
# --8<-- [end:nvml]

# --8<-- [start:cases]
import errno
import os
from pathlib import Path

from gpu_alive import lost_devices

dev = Path("dev")
dev.mkdir()
for name in ("null", "nvidia-uvm", "nvidia0", "nvidiactl"):
    (dev / name).touch()
print("at the start:", lost_devices(dev))
denied = PermissionError(errno.EPERM, os.strerror(errno.EPERM))
with mock.patch("os.open", side_effect=denied):
    print("hours later:", *lost_devices(dev), sep="\n  ")
# --8<-- [end:cases]
