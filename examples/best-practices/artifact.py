# --8<-- [start:manifest]
from pathlib import Path

from artifact import Refused, verify
from imaging import PREPROCESSING

folder = Path("artifact")
manifest = verify(folder, PREPROCESSING)
print(manifest.name, manifest.version, "of torch", manifest.export.torch)
for tensor in manifest.inputs + manifest.outputs:
    print(tensor.name, tensor.dtype, tensor.shape)
for measure in manifest.accuracy:
    print(measure.metric, "on", measure.data, "=", measure.value)
for name, file in manifest.files.items():
    print(f"{name:12} {file.bytes > 0} {len(file.sha256)}")
# --8<-- [end:manifest]

# --8<-- [start:refusals]
import json
import shutil
from collections.abc import Callable


def flip_a_bit(copy: Path) -> None:
    data = bytearray((copy / "model.pt2").read_bytes())
    data[9_000_000] ^= 1
    (copy / "model.pt2").write_bytes(data)


def edit(copy: Path, *keys: str, value: object) -> None:
    path = copy / "manifest.json"
    manifest = part = json.loads(path.read_text())
    for key in keys[:-1]:
        part = part[key]
    part[keys[-1]] = value
    path.write_text(json.dumps(manifest))


faults: dict[str, Callable[[Path], None]] = {
    "one bit": flip_a_bit,
    "a file less": lambda copy: (copy / "labels.txt").unlink(),
    "a file more": lambda copy: (copy / "notes.txt").write_text("hi"),
    "no manifest": lambda copy: (copy / "manifest.json").unlink(),
    "half a manifest": lambda copy: edit(copy, "inputs", value=[]),
    "misspelled": lambda copy: edit(copy, "tolerance", value=1),
    "other torch": lambda copy: edit(copy, "export", "torch", value="2.9.1"),
    "other steps": lambda copy: edit(
        copy, "preprocessing", "interpolation", value="bilinear"
    ),
}
for fault, spoil in faults.items():
    copy = Path("copy")
    shutil.copytree(folder, copy)
    spoil(copy)
    try:
        verify(copy, PREPROCESSING)
        print(f"{fault}: not noticed")
    except Refused as refused:
        print(f"{fault}: {refused}")
    shutil.rmtree(copy)
# --8<-- [end:refusals]

# --8<-- [start:plant]
import io
import zipfile

import torch


class Stowaway:
    """Unpickling this opens a file for writing; it could do anything."""

    def __reduce__(self) -> tuple[object, ...]:
        return open, ("it-ran.txt", "w")


pickled = io.BytesIO()
torch.save(((torch.zeros(1), Stowaway()), {}), pickled)
planted = Path("planted")
shutil.copytree(folder, planted)
with (
    zipfile.ZipFile(folder / "model.pt2") as genuine,
    zipfile.ZipFile(planted / "model.pt2", "w") as archive,
):
    for member in genuine.namelist():
        example = member.endswith("sample_inputs/model.pt")
        data = pickled.getvalue() if example else genuine.read(member)
        archive.writestr(member, data)
# --8<-- [end:plant]

# --8<-- [start:verify-first]
try:
    verify(planted, PREPROCESSING)
except Refused as refused:
    print(refused)
print("it ran:", Path("it-ran.txt").exists())
# --8<-- [end:verify-first]

# --8<-- [start:run]
import logging

logging.raiseExceptions = False  # torch's own warning about it is malformed
program = torch.export.load(planted / "model.pt2")
print("it ran:", Path("it-ran.txt").exists())
# --8<-- [end:run]
