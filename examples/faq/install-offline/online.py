"""A folder that stands for the index, with wheels of a few bytes."""

from pathlib import Path
from zipfile import ZipFile

folder = Path("online")
folder.mkdir()


def wheel(name: str, version: str, tag: str, *requires: str) -> None:
    """Write an empty wheel with these requirements."""
    with ZipFile(folder / f"{name}-{version}-{tag}.whl", "w") as archive:
        about = f"{name}-{version}.dist-info/"
        lines = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}"]
        lines += [f"Requires-Dist: {line}" for line in requires]
        archive.writestr(about + "METADATA", "\n".join(lines) + "\n")
        archive.writestr(about + "WHEEL", f"Wheel-Version: 1.0\nTag: {tag}\n")
        archive.writestr(about + "RECORD", "")


linux = 'nvidia-cublas; sys_platform == "linux"'
windows = 'colorama; sys_platform == "win32"'
wheel("torch", "2.13.0", "py3-none-any", "sympy")  # for any machine
wheel("torch", "2.13.0", "cp399-cp399-manylinux_2_28_x86_64", "sympy", linux)
wheel("torch", "2.13.0", "cp399-cp399-win_amd64", "sympy", windows)
wheel("sympy", "1.14", "py3-none-any", "mpmath")
wheel("mpmath", "1.3", "py3-none-any")
wheel("nvidia_cublas", "13.1", "py3-none-manylinux_2_27_x86_64")
wheel("colorama", "0.4.6", "py3-none-any")
