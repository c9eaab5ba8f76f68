# --8<-- [start:machine]
import platform
import sys

import torch

print(platform.system(), platform.machine(), "Python", sys.version_info[:2])
print("engines for int8:", torch.backends.quantized.supported_engines)
print("Apple's GPU:", torch.backends.mps.is_available())
# --8<-- [end:machine]


# --8<-- [start:write]
import onnx
from safetensors.torch import save_file
from torch import nn

model = nn.Sequential(nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 10)).eval()
rows = torch.rand(4, 64)
program = torch.export.export(model, (rows,))
save_file(model.state_dict(), "weights.safetensors")
torch.export.save(program, "model.pt2")
torch.onnx.export(
    program, (), "model.onnx", external_data=False, verbose=False
)
# --8<-- [end:write]


# --8<-- [start:native]
import zipfile
from pathlib import Path

MAGIC = {
    b"\x7fELF": "Linux",
    b"MZ": "Windows",
    b"\xcf\xfa\xed\xfe": "macOS",
}


def native_code(path: str | Path) -> set[str]:
    """Systems whose machine code a file, or a member of an archive, is."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            starts = [archive.open(name).read(4) for name in archive.namelist()]
    else:
        with open(path, "rb") as file:
            starts = [file.read(4)]
    return {
        system
        for start in starts
        for magic, system in MAGIC.items()
        if start.startswith(magic)
    }


for path in ("weights.safetensors", "model.pt2", "model.onnx"):
    print(f"{path:20} machine code: {native_code(path) or 'none'}")
with zipfile.ZipFile("compiled.pt2", "w") as archive:  # as AOTInductor does
    archive.write(torch._C.__file__, "data/aotinductor/model/model.so")
print(f"{'compiled.pt2':20} machine code: {native_code('compiled.pt2')}")
# --8<-- [end:native]


# --8<-- [start:tags]
import json

HERE = {
    "system": platform.system(),
    "machine": platform.machine(),
    "torch": torch.__version__.split("+")[0],
}


class WrongPlatform(Exception):
    """The artifact was built for another kind of machine."""


def check(path: str, built_on: dict[str, str], here: dict[str, str]) -> None:
    """Refuse machine code of another platform; other files may travel."""
    if not native_code(path):
        return
    for what, value in built_on.items():
        if here[what] != value:
            raise WrongPlatform(f"{what}: built on {value}, here {here[what]}")


Path("compiled.json").write_text(json.dumps(HERE))
built_on = json.loads(Path("compiled.json").read_text())
elsewhere = HERE | {"system": "Darwin", "machine": "arm64"}
check("model.pt2", built_on, elsewhere)
print("model.pt2 may travel")
# --8<-- [end:tags]


try:
    # --8<-- [start:refused]
    check("compiled.pt2", {"machine": "x86_64"}, {"machine": "arm64"})
    # --8<-- [end:refused]
except WrongPlatform as error:
    print(error)


# --8<-- [start:text]
import hashlib
from pathlib import PureWindowsPath

text = json.dumps({"labels": ["cat", "dog"]}, indent=1)
for newline in ("\n", "\r\n"):  # what Linux and Windows write by default
    Path("labels.json").write_text(text, newline=newline)
    digest = hashlib.sha256(Path("labels.json").read_bytes()).hexdigest()
    print(repr(newline), digest[:8])
print(PureWindowsPath(r"artifact\model.pt2").as_posix())
# --8<-- [end:text]
