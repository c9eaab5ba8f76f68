"""Which Python runs this, has it torch, and whose is pip?"""
import importlib.util
import os
import shutil
import sys
from pathlib import Path


def owner(command: str) -> str | None:
    """The Python in the first line of a script in PATH."""
    found = shutil.which(command)
    if found is None:
        return None
    first = Path(found).read_bytes().split(b"\n", 1)[0]
    return first[2:].strip().decode() if first.startswith(b"#!") else found


def report() -> dict[str, object]:
    spec = importlib.util.find_spec("torch")
    pip = owner("pip")
    return {
        "a virtual environment": sys.prefix != sys.base_prefix,
        "torch": bool(spec and spec.origin),
        "pip is of this Python": pip is not None
        and os.path.dirname(pip) == os.path.dirname(sys.executable),
    }


if __name__ == "__main__":
    print("python:", sys.executable, file=sys.stderr)
    for name, answer in report().items():
        print(f"{name}: {answer}")
