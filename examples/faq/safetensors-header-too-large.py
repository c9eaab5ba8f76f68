# --8<-- [start:pointer]
from pathlib import Path

Path("model.safetensors").write_text(
    "version https://git-lfs.github.com/spec/v1\n"
    f"oid sha256:{'4d7a2146' * 8}\n"
    "size 437951328\n"
)
# --8<-- [end:pointer]

try:
    # --8<-- [start:fails]
    from safetensors.torch import load_file

    load_file("model.safetensors")
    # --8<-- [end:fails]
except Exception as error:
    print(error)

# --8<-- [start:others]
import torch
from safetensors import SafetensorError
from safetensors.torch import save_file

torch.save({"weight": torch.zeros(4)}, "renamed.safetensors")
Path("page.safetensors").write_text("<!DOCTYPE html><p>Please log in</p>")
Path("empty.safetensors").touch()
save_file({"weight": torch.zeros(4)}, "whole.safetensors")
whole = Path("whole.safetensors").read_bytes()
Path("cut.safetensors").write_bytes(whole[:-8])
Path("stub.safetensors").write_bytes(whole[:40])
Path("zeros.safetensors").write_bytes(bytes(len(whole)))

names = ["model", "renamed", "page", "empty", "cut", "stub", "zeros"]
for name in names:
    try:
        load_file(f"{name}.safetensors")
    except SafetensorError as error:
        print(f"{name:8}", str(error).removeprefix("Error while "))
# --8<-- [end:others]


# --8<-- [start:fix]
def what_is(file: str) -> str:
    """What a file that should be safetensors is, by its first bytes."""
    start = Path(file).open("rb").read(64)
    if start.startswith(b"version https://git-lfs"):
        return "a Git LFS pointer: git lfs pull"
    if start.startswith(b"PK"):
        return "an archive of torch.save: torch.load"
    if start.lstrip().startswith(b"<"):
        return "a web page: the download failed"
    if not start:
        return "empty: the writer or the disk failed"
    if not any(start):
        return "zeros: a download that never arrived"
    return "perhaps safetensors: compare its sha256"


for name in names:
    print(f"{name:8}", what_is(f"{name}.safetensors"))
# --8<-- [end:fix]


# --8<-- [start:size]
import json


def missing_bytes(file: str) -> int:
    """How many bytes the header says that there should be more."""
    with open(file, "rb") as opened:
        length = int.from_bytes(opened.read(8), "little")
        header = json.loads(opened.read(length))
    ends = [v["data_offsets"][1] for k, v in header.items()
            if k != "__metadata__"]
    return 8 + length + max(ends) - Path(file).stat().st_size


Path("longer.safetensors").write_bytes(whole + bytes(8))
for name in ["whole", "cut", "longer"]:
    print(f"{name:7}{missing_bytes(f'{name}.safetensors'):3} bytes missing")
# --8<-- [end:size]


try:
    # --8<-- [start:longer]
    load_file("longer.safetensors")
    # --8<-- [end:longer]
except SafetensorError as error:
    print(error)


# --8<-- [start:trim]
surplus = -missing_bytes("longer.safetensors")
tail = Path("longer.safetensors").read_bytes()[-surplus:]
if any(tail):
    raise SystemExit("the end is not zeros: fetch the file again")
Path("trimmed.safetensors").write_bytes(
    Path("longer.safetensors").read_bytes()[:-surplus])
print(load_file("trimmed.safetensors")["weight"].tolist())
# --8<-- [end:trim]
