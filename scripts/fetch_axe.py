"""`python scripts/fetch_axe.py`: fetch axe-core with npm, check it,
and keep the one file that the tests need.
"""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

PACKAGE = "axe-core@4.14.1"
SHA256 = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
KEPT = Path(__file__).parent.parent / "data" / "axe-core" / "axe.min.js"


def fetch() -> bytes:
    """The script.

    Raises:
        OSError, subprocess.CalledProcessError: npm is missing or fails.
        ValueError: it is not the one that was tested.
    """
    with tempfile.TemporaryDirectory() as work:
        subprocess.run(
            ["npm", "pack", "--silent", PACKAGE], cwd=work, check=True, stdout=sys.stderr
        )
        (archive,) = Path(work).glob("*.tgz")
        with tarfile.open(fileobj=io.BytesIO(archive.read_bytes())) as packed:
            script = packed.extractfile("package/axe.min.js")
            data = script.read() if script else b""
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise ValueError(f"not the {PACKAGE} that was tested")
    return data


if __name__ == "__main__" and not (
    KEPT.is_file() and hashlib.sha256(KEPT.read_bytes()).hexdigest() == SHA256
):
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    KEPT.write_bytes(fetch())
