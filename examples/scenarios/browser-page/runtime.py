"""Fetch ONNX Runtime Web with npm, check it, and keep what a page needs."""

import gzip
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

PACKAGE, VERSION = "onnxruntime-web", "1.30.0"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser()
KEPT = CACHE / f"{PACKAGE}-{VERSION}"
# Named .js, since many servers do not know the type of .mjs
FILES = {
    "ort.js": (
        "ort.wasm.min.mjs",
        "219e6a1fc8a9938268d18efca3c91d310bd2f4a59bbd13744df5b2b7fc6cee3b",
    ),
    "ort-wasm.js": (
        "ort-wasm-simd-threaded.mjs",
        "e13f7f94fc51b4ca72b12faeb1ee95f4ace6dfbc8939bc718aabdc0a27c4299b",
    ),
    "ort.wasm": (
        "ort-wasm-simd-threaded.wasm",
        "3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2",
    ),
}


def intact(folder: Path) -> bool:
    """Whether the folder holds exactly the bytes that were tested."""
    return all(
        (folder / name).is_file()
        and hashlib.sha256((folder / name).read_bytes()).hexdigest() == sha256
        for name, (_, sha256) in FILES.items()
    )


def fetch(folder: Path) -> None:
    """Put the three files into the folder.

    Raises:
        OSError, subprocess.CalledProcessError: npm is missing or fails.
        ValueError: a file is not the one that was tested.
    """
    with tempfile.TemporaryDirectory() as work:
        command = ["npm", "pack", "--silent", f"{PACKAGE}@{VERSION}"]
        subprocess.run(command, cwd=work, check=True, stdout=sys.stderr)
        (archive,) = Path(work).glob("*.tgz")
        folder.mkdir(parents=True, exist_ok=True)
        with tarfile.open(archive) as packed:
            for name, (original, _) in FILES.items():
                source = packed.extractfile(f"package/dist/{original}")
                if source is not None:
                    (folder / name).write_bytes(source.read())
    if not intact(folder):
        raise ValueError(f"{folder}: not the {PACKAGE} that was tested")


def pack(folder: Path) -> None:
    """Put a compressed copy beside the one large file."""
    data = (folder / "ort.wasm").read_bytes()
    (folder / "ort.wasm.gz").write_bytes(gzip.compress(data, mtime=0))


def main(target: Path) -> None:
    """Fetch once, then copy."""
    if not intact(KEPT):
        fetch(KEPT)
    pack(KEPT)
    shutil.copytree(KEPT, target, dirs_exist_ok=True)
    for name in (*FILES, "ort.wasm.gz"):
        print(f"{(target / name).stat().st_size:>10,} bytes  {name}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
