"""OSError: No such device (os error 19)."""
# --8<-- [start:save]
from pathlib import Path

import torch
from safetensors.torch import load, load_file, save_file

folder = Path("model")
folder.mkdir()
save_file({"weight": torch.ones(2, 3)}, folder / "model.safetensors")
# --8<-- [end:save]

try:
    # --8<-- [start:fails]
    load_file(folder)
    # --8<-- [end:fails]
except OSError as error:
    print(error)

# --8<-- [start:file]
def file_in(path: Path) -> Path:
    """The one safetensors file that `path` is, or that lies in it."""
    if path.is_file():
        return path
    files = sorted(path.glob("*.safetensors"))
    if len(files) != 1:
        raise ValueError(f"{path}: {len(files)} safetensors files")
    return files[0]


print(load_file(file_in(folder))["weight"].shape)
# --8<-- [end:file]

# --8<-- [start:unmapped]
def load_anywhere(path: Path) -> dict[str, torch.Tensor]:
    """Map the file, or read it where it cannot be mapped."""
    try:
        return load_file(path)
    except OSError as error:
        if "os error 19" not in str(error) or not path.is_file():
            raise
        return load(path.read_bytes())


print(load_anywhere(folder / "model.safetensors")["weight"].shape)
# --8<-- [end:unmapped]
