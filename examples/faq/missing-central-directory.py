"""PytorchStreamReader: failed finding central directory."""
# --8<-- [start:cut]
from pathlib import Path

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(4, 3)
torch.save(model.state_dict(), "whole.pt")

content = Path("whole.pt").read_bytes()
Path("cut.pt").write_bytes(content[:-100])
# --8<-- [end:cut]

try:
    # --8<-- [start:load]
    torch.load("cut.pt")
    # --8<-- [end:load]
except RuntimeError as error:
    print(error)

# --8<-- [start:zip]
import zipfile

for name in ["whole.pt", "cut.pt"]:
    start = Path(name).read_bytes()[:4]
    print(f"{name:9}{start!r:15} zip: {zipfile.is_zipfile(name)}")
# --8<-- [end:zip]

# --8<-- [start:diagnose]
def diagnose(path: str) -> str:
    """Say from its first and last bytes what kind of file this is."""
    head = Path(path).read_bytes()[:64]
    if not head:
        return "empty: the writer or the disk failed"
    if head.startswith(b"version https://git-lfs"):
        return "a Git LFS pointer: run `git lfs pull`"
    if head.lstrip().startswith(b"<"):
        return "HTML: the download was an error or login page"
    if not head.startswith(b"PK\x03\x04"):
        return "no zip archive: another format, or torch before 1.6"
    if not zipfile.is_zipfile(path):
        return "cut short: fetch it again, or use the one before"
    return "a whole zip archive"


Path("empty.pt").touch()
Path("page.pt").write_text("<!DOCTYPE html><title>Sign in</title>")
Path("pointer.pt").write_text(
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:4d7a214614ab2935c943f9e0ff69d22e\n"
)
Path("keras.pt").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(56))
names = ["whole", "cut", "empty", "page", "pointer", "keras"]
for name in names:
    print(f"{name:8}", diagnose(f"{name}.pt"))
# --8<-- [end:diagnose]

try:
    # --8<-- [start:pointer]
    torch.load("pointer.pt")
    # --8<-- [end:pointer]
except Exception as error:
    print(error)

# --8<-- [start:prevent]
import hashlib


def sha256(path: str) -> str:
    """The digest to publish beside a file, in hexadecimal."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


partial = Path("new.pt.partial")
torch.save(model.state_dict(), partial)
published = sha256("new.pt.partial")
partial.replace("new.pt")

print("new.pt is what was published:", sha256("new.pt") == published)
print("cut.pt is what was published:", sha256("cut.pt") == published)
# --8<-- [end:prevent]
