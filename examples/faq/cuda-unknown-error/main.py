# --8<-- [start:cases]
import errno
import os
from pathlib import Path
from unittest import mock

from uvm import find_fault


def pretend(name: str, *, module: bool, device: bool) -> Path:
    """Make a folder that looks like such a machine."""
    root = Path(name)
    for folder in ("proc/driver/nvidia", "dev"):
        (root / folder).mkdir(parents=True)
    (root / "proc/driver/nvidia/version").write_text("570.124.06")
    loaded = "nvidia_uvm 1 0\n" if module else ""
    (root / "proc/modules").write_text(loaded + "nvidia 1 1\n")
    if device:
        (root / "dev/nvidia-uvm").touch()
    return root


after_boot = pretend("after_boot", module=False, device=False)
container = pretend("container", module=True, device=False)
suspended = pretend("suspended", module=True, device=True)
print("after boot:      ", find_fault(after_boot))
print("in a container:  ", find_fault(container))
denied = PermissionError(errno.EPERM, os.strerror(errno.EPERM))
with mock.patch("os.open", side_effect=denied):
    print("hours later:     ", find_fault(suspended))
print("after a suspend: ", find_fault(suspended))
# --8<-- [end:cases]
