"""Exit with 1 if this container may not open its NVIDIA GPU."""
import os
import re
import sys
from pathlib import Path

DEVICE = re.compile(r"nvidia(\d+|ctl|-uvm)")


def lost_devices(dev: Path = Path("/dev")) -> list[str]:
    """The device files that cannot be opened, each with the reason."""
    paths = [p for p in sorted(dev.iterdir()) if DEVICE.fullmatch(p.name)]
    if not paths:
        return [f"no NVIDIA device files in {dev}"]
    lost = []
    for path in paths:
        try:
            os.close(os.open(path, os.O_RDWR))
        except OSError as error:
            lost.append(f"{path.name}: {error.strerror}")
    return lost


if __name__ == "__main__":
    lost = lost_devices()
    print("\n".join(lost) or "all devices open")
    sys.exit(1 if lost else 0)
