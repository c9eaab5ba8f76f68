# --8<-- [start:reproduce]
import io
import logging
import zipfile
from pathlib import Path

import torch

logging.raiseExceptions = False  # torch's own warning about it is malformed


class Stowaway:
    """Unpickling this creates a file; it could do anything."""

    def __reduce__(self) -> tuple[object, ...]:
        return open, ("it-ran.txt", "w")


row = torch.ones(1, 4)
program = torch.export.export(torch.nn.Linear(4, 2), (row,))
torch.export.save(program, "model.pt2")

pickled = io.BytesIO()
torch.save(((Stowaway(),), {}), pickled)
with (
    zipfile.ZipFile("model.pt2") as genuine,
    zipfile.ZipFile("planted.pt2", "w") as planted,
):
    for name in genuine.namelist():
        swap = name.endswith("sample_inputs/model.pt")
        data = pickled.getvalue() if swap else genuine.read(name)
        planted.writestr(name, data)

loaded = torch.export.load("planted.pt2").module()
print("still a model:", tuple(loaded(row).shape))
print("it ran:", Path("it-ran.txt").exists())
# --8<-- [end:reproduce]
# --8<-- [start:fix]
import hashlib

Path("it-ran.txt").unlink()  # the trace of the first load
EXPECTED = hashlib.sha256(Path("model.pt2").read_bytes()).hexdigest()


def load(path: str, sha256: str) -> torch.nn.Module:
    """Open a program only if its bytes are the ones that were built.

    Raises:
        ValueError: other bytes; nothing of the file was interpreted.
    """
    data = Path(path).read_bytes()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ValueError(f"{path} is not the file that was built")
    return torch.export.load(io.BytesIO(data)).module()


print(tuple(load("model.pt2", EXPECTED)(row).shape))
# --8<-- [end:fix]
try:
    # --8<-- [start:refused]
    load("planted.pt2", EXPECTED)
    # --8<-- [end:refused]
except ValueError as error:
    print(error)
# --8<-- [start:unharmed]
print("it ran:", Path("it-ran.txt").exists())
# --8<-- [end:unharmed]
# --8<-- [start:look]
with zipfile.ZipFile("planted.pt2") as archive:
    for name in archive.namelist():
        if name.endswith(".pt"):
            member = io.BytesIO(archive.read(name))
            found = torch.serialization.get_unsafe_globals_in_checkpoint(member)
            print(name.rpartition("/")[2], "wants", found)
# --8<-- [end:look]
