"""An index with two wheels of torch, for another Python and system."""

from pathlib import Path
from zipfile import ZipFile

folder = Path("wheels")
folder.mkdir(exist_ok=True)
for tag in ("cp399-cp399-manylinux_2_28_x86_64", "cp310-cp310-win_arm64"):
    with ZipFile(folder / f"torch-2.13.0-{tag}.whl", "w") as wheel:
        about = "torch-2.13.0.dist-info/"
        wheel.writestr(
            about + "METADATA",
            "Metadata-Version: 2.1\nName: torch\nVersion: 2.13.0\n",
        )
        wheel.writestr(about + "WHEEL", f"Wheel-Version: 1.0\nTag: {tag}\n")
        wheel.writestr(about + "RECORD", "")
