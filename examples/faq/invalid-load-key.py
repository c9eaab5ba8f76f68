"""_pickle.UnpicklingError: invalid load key, 'v'."""
# --8<-- [start:files]
from pathlib import Path

import torch

Path("pointer.pt").write_text(
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:6a3c5fc2b1d0\nsize 102400000\n"
)
Path("page.pt").write_text("<!DOCTYPE html><html>Sign in</html>\n")
Path("empty.pt").touch()
torch.save({"weight": torch.ones(2)}, "good.pt")
# --8<-- [end:files]

try:
    # --8<-- [start:default]
    torch.load("pointer.pt")
    # --8<-- [end:default]
except Exception as error:
    print(error)

try:
    # --8<-- [start:fails]
    torch.load("pointer.pt", weights_only=False)
    # --8<-- [end:fails]
except Exception as error:
    print(error)

try:
    # --8<-- [start:empty]
    torch.load("empty.pt", weights_only=False)
    # --8<-- [end:empty]
except EOFError as error:
    print(error)

# --8<-- [start:look]
def describe(path: str) -> str:
    """What a file that should be a checkpoint is."""
    with open(path, "rb") as file:
        head = file.read(64)
    if not head:
        return "empty"
    if head.startswith(b"PK\x03\x04"):
        return "an archive of torch.save"
    if head.startswith(b"\x80"):
        return "a pickle, or a checkpoint from before torch 1.6"
    if head.startswith(b"version https://git-lfs"):
        return "a pointer of Git LFS"
    if head.lstrip().startswith(b"<"):
        return "a web page"
    return f"something else: {head[:16]!r}"


for name in ("pointer.pt", "page.pt", "empty.pt", "good.pt"):
    print(f"{name:10}  {describe(name)}")
# --8<-- [end:look]


try:
    # --8<-- [start:hash]
    import torch.hub
    from pathlib import Path

    page = Path("page-5e3a1f20.pt").resolve()  # 8 digits of the sha256
    page.write_text("<!DOCTYPE html><p>Please log in</p>")
    torch.hub.load_state_dict_from_url(
        page.as_uri(), model_dir="hub", check_hash=True, progress=False)
    # --8<-- [end:hash]
except RuntimeError as error:
    print(error)
