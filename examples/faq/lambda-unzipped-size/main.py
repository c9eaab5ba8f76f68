# --8<-- [start:closure]
import re
from importlib.metadata import PackageNotFoundError, distribution

from packaging.requirements import Requirement

LIMIT = 262_144_000  # bytes, of the function and all its layers


def unzipped(*roots: str) -> int:
    """Bytes on disk of these packages and of all that they require."""
    sizes: dict[str, int] = {}
    left = list(roots)
    while left:
        name = re.sub(r"[-_.]+", "-", left.pop()).lower()
        try:
            found = distribution(name) if name not in sizes else None
        except PackageNotFoundError:
            continue  # for another platform, or not installed
        if found is None:
            continue
        paths = [file.locate() for file in found.files or []]
        sizes[name] = sum(p.stat().st_size for p in paths if p.is_file())
        for text in found.requires or []:
            needed = Requirement(text)
            if not needed.marker or needed.marker.evaluate({"extra": ""}):
                left.append(needed.name)
    return sum(sizes.values())


def judge(size: int) -> str:
    return "fits" if size < LIMIT else "does not fit"
# --8<-- [end:closure]


# --8<-- [start:torch]
print("torch and what it requires:", judge(unzipped("torch")))

files = [file.locate() for file in distribution("torch").files or []]
largest = max(files, key=lambda path: path.stat().st_size)
print(f"{largest.name} alone:", judge(largest.stat().st_size))
# --8<-- [end:torch]

# --8<-- [start:export]
import torch

torch.manual_seed(0)
model = torch.nn.Sequential(
    torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Linear(32, 10)
).eval()
torch.onnx.export(
    model,
    (torch.zeros(2, 64),),
    "model.onnx",
    input_names=["pixels"],
    dynamic_shapes=({0: torch.export.Dim("batch")},),
    external_data=False,
    verbose=False,
)
# --8<-- [end:export]

# --8<-- [start:onnxruntime]
from pathlib import Path

size = unzipped("onnxruntime", "numpy") + Path("model.onnx").stat().st_size
print("onnxruntime, numpy and the model:", judge(size))
# --8<-- [end:onnxruntime]

# --8<-- [start:archive]
import zipfile


def unzipped_archives(*archives: str) -> int:
    """What a function and its layers have together when unpacked."""
    total = 0
    for archive in archives:
        with zipfile.ZipFile(archive) as opened:
            total += sum(entry.file_size for entry in opened.infolist())
    return total


with zipfile.ZipFile("function.zip", "w", zipfile.ZIP_DEFLATED) as archive:
    archive.write("handler.py")
    archive.write("model.onnx")
print("function.zip:", judge(unzipped_archives("function.zip")))
# --8<-- [end:archive]

# --8<-- [start:inside]
with zipfile.ZipFile("layer.zip", "w") as archive:  # stands for your layer
    archive.writestr("python/torch/_C.cpython-311-x86_64-linux-gnu.so", "")


def torch_in(archive: str) -> str:
    with zipfile.ZipFile(archive) as opened:
        for name in opened.namelist():
            found = re.fullmatch(r"(.*)torch/_C\.([^.]*)\.(so|pyd)", name)
            if found:
                build = "-".join(found[2].split("-")[:2])
                return f"torch in {found[1] or 'the root'}, for {build}"
    return "no torch"


for name in ("function.zip", "layer.zip"):
    print(f"{name}: {torch_in(name)}")
# --8<-- [end:inside]
