"""Which devices do the CDI files of this machine name, and are they true?"""
import re
import sys
from pathlib import Path

FOLDERS = ("etc/cdi", "var/run/cdi")  # where Docker and Podman look


def devices(text: str, kind: str) -> list[str]:
    names = re.findall(r'^\s*-?\s*"?name"?:\s*"?([\w:.-]+)"?,?$', text, re.M)
    return [f"{kind}={name}" for name in names]


def look(root: Path = Path("/")) -> list[str]:
    """A line for each device, and for each file that is not there."""
    found = []
    for folder in FOLDERS:
        for file in sorted((root / folder).glob("*.*")):
            text = file.read_text()
            kind = re.search(r'"?kind"?:\s*"?([\w./-]+)', text)
            if kind is None:
                found.append(f"{folder}/{file.name} names no kind")
                continue
            found += devices(text, kind[1])
            for path in re.findall(r'"?hostPath"?:\s*"?(/[^\s",]+)', text):
                if not (root / path.lstrip("/")).exists():
                    found.append(f"stale: {path} is not there")
    return found or ["no CDI file: nvidia-ctk cdi generate"]


if __name__ == "__main__":
    print(*look(Path(sys.argv[1] if len(sys.argv) > 1 else "/")), sep="\n")
