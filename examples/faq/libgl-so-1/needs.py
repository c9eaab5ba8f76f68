"""Which libraries a compiled module needs, and does not find."""
import subprocess
import sys


def missing(path: str) -> list[str]:
    """Names that ldd reports as not found."""
    listing = subprocess.run(
        ["ldd", path], capture_output=True, text=True, check=True
    ).stdout
    return [
        line.split()[0] for line in listing.splitlines() if "not found" in line
    ]


print(missing(sys.argv[1]))
