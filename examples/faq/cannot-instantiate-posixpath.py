# --8<-- [start:foreign]
import pathlib

import torch


class OfWindows:
    """Pickled as a Path is on Windows: the class's name, then the parts."""

    def __reduce__(self) -> tuple:
        return pathlib.WindowsPath, ("runs", "train")


weights = {"weight": torch.ones(2)}
torch.save({"model": weights, "save_dir": OfWindows()}, "windows.pt")
# --8<-- [end:foreign]


try:
    # --8<-- [start:fails]
    torch.load("windows.pt", weights_only=False)
    # --8<-- [end:fails]
except NotImplementedError as error:
    print(error)


# --8<-- [start:rename]
import zipfile


def rename(source: str, target: str, old: str, new: str) -> None:
    """Copy a checkpoint, with another module's name in its pickle."""
    with zipfile.ZipFile(source) as whole:
        with zipfile.ZipFile(target, "w") as copy:
            for item in whole.infolist():
                data = whole.read(item)
                if item.filename.endswith("/data.pkl"):
                    data = data.replace(f"c{old}\n".encode(),
                                        f"c{new}\n".encode())
                copy.writestr(item, data)
# --8<-- [end:rename]


# --8<-- [start:versions]
import numpy

torch.save({"model": weights, "best": numpy.float64(0.75)}, "here.pt")
rename("here.pt", "numpy.pt",
       "numpy._core.multiarray", "numpy._next.multiarray")
rename("windows.pt", "local.pt",
       pathlib.Path.__module__, "pathlib._next")

for file in ["numpy.pt", "local.pt"]:
    try:
        torch.load(file, weights_only=False)
    except ModuleNotFoundError as error:
        print(f"{file}: {error}")
# --8<-- [end:versions]


# --8<-- [start:look]
from torch.serialization import get_unsafe_globals_in_checkpoint

for file in ["windows.pt", "numpy.pt"]:
    print(file, sorted(get_unsafe_globals_in_checkpoint(file)))
# --8<-- [end:look]


# --8<-- [start:fix]
from torch.serialization import safe_globals


def as_text(*parts: str) -> str:
    """Take a path of any system as plain text."""
    return "/".join(parts)


names = ["pathlib.PosixPath", "pathlib.WindowsPath",
         "pathlib._local.PosixPath", "pathlib._local.WindowsPath"]
with safe_globals([(as_text, name) for name in names]):
    checkpoint = torch.load("windows.pt")
print(checkpoint["save_dir"])
print(checkpoint["model"]["weight"].tolist())
# --8<-- [end:fix]


# --8<-- [start:numpy]
import numpy as np

value = np.float64(0.75)
scalar = value.__reduce__()[0]
array = np.ones(1).__reduce__()[0]
multiarray = ["numpy.core.multiarray", "numpy._core.multiarray",
              "numpy._next.multiarray"]  # the last is of this page only
allowed = [np.ndarray, np.dtype, type(value.dtype)]
allowed += [(scalar, f"{name}.scalar") for name in multiarray]
allowed += [(array, f"{name}._reconstruct") for name in multiarray]
with safe_globals(allowed):
    checkpoint = torch.load("numpy.pt")
print(float(checkpoint["best"]))
# --8<-- [end:numpy]


# --8<-- [start:plain]
torch.save(
    {
        "model": checkpoint["model"],
        "best": float(checkpoint["best"]),
        "save_dir": str(pathlib.Path("runs", "train")),
    },
    "plain.pt",
)
print(get_unsafe_globals_in_checkpoint("plain.pt"))
print(sorted(torch.load("plain.pt")))
# --8<-- [end:plain]
