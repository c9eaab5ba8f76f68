# --8<-- [start:truth]
import logging
import pickle
from pathlib import Path

import torch
from safetensors.torch import load_file

import strangers

logging.raiseExceptions = False  # a log call of torch's is malformed
folder, mark = Path("strangers"), Path(strangers.MARK)
hides = strangers.write(folder)


def outcome(path: Path, careless: bool) -> str:
    """Open a file as many programs do; say what came of it."""
    mark.unlink(missing_ok=True)
    try:
        if path.suffix == ".safetensors":
            load_file(path)
        elif path.suffix == ".pt2":
            torch.export.load(path)
        else:
            torch.load(path, weights_only=not careless)
    except pickle.UnpicklingError:
        return "CODE RAN" if mark.exists() else "refused"
    return "CODE RAN" if mark.exists() else "loaded"


print(f"{'':20} {'by default':12} weights_only=False")
for name in hides:
    by_default = outcome(folder / name, careless=False)
    print(f"{name:20} {by_default:12} {outcome(folder / name, True)}")
# --8<-- [end:truth]


# --8<-- [start:scanners]
import zipfile

from fickling.analysis import check_safety
from fickling.fickle import Pickled
from picklescan.scanner import SafetyLevel, scan_file_path


def by_picklescan(path: Path) -> str:
    """What picklescan makes of a file, in one word."""
    result = scan_file_path(str(path))
    found = {item.safety for item in result.globals}
    if result.scan_err or not result.scanned_files:
        return "not scanned"
    if SafetyLevel.Dangerous in found:
        return "dangerous"
    return "suspicious" if SafetyLevel.Suspicious in found else "clean"


def by_fickling(path: Path) -> str:
    """What fickling makes of the pickle inside an archive of torch.save."""
    if not zipfile.is_zipfile(path):
        return "not an archive"
    with zipfile.ZipFile(path) as archive:
        names = [n for n in archive.namelist() if n.endswith("/data.pkl")]
        if not names:
            return "no pickle found"
        return check_safety(Pickled.load(archive.read(names[0]))).severity.name


print(f"{'':20} {'picklescan':12} fickling")
for name in hides:
    path = folder / name
    print(f"{name:20} {by_picklescan(path):12} {by_fickling(path)}")
# --8<-- [end:scanners]


# --8<-- [start:admit]
from safetensors import SafetensorError
from torch.serialization import get_unsafe_globals_in_checkpoint


class Refused(Exception):
    """A file that is not let in, and why."""


def admit(path: Path) -> dict[str, torch.Tensor]:
    """Read weights from a file that somebody sent.

    Reads safetensors, and torch.save files that name nothing unknown.
    Call it in a process without secrets, and keep only what it returns.

    Raises:
        Refused: for anything else.
    """
    if path.suffix == ".safetensors":
        try:
            return load_file(path)
        except SafetensorError as error:
            raise Refused(f"not a safetensors file: {error}") from error
    if path.suffix not in {".pt", ".pth", ".bin", ".ckpt"}:
        raise Refused(f"{path.suffix} may contain a program")
    if not zipfile.is_zipfile(path):
        raise Refused("not an archive of torch.save")
    try:
        if wanted := sorted(get_unsafe_globals_in_checkpoint(path)):
            raise Refused(f"wants {wanted[0]}, {len(wanted)} in all")
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (ValueError, RuntimeError, pickle.UnpicklingError) as error:
        raise Refused(f"not a file of weights: {error}") from error
    if not isinstance(content, dict) or not all(
        isinstance(value, torch.Tensor) for value in content.values()
    ):
        raise Refused("holds something besides tensors")
    return content


mark.unlink(missing_ok=True)
for name in hides:
    try:
        print(f"{name:20} {len(admit(folder / name))} tensors")
    except Refused as reason:
        print(f"{name:20} {reason}")
print("anything ran:", mark.exists())
# --8<-- [end:admit]
