# --8<-- [start:model]
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 10)).eval()
rows = torch.rand(64, 64)
batch = torch.export.Dim("batch", min=1, max=64)
program = torch.export.export(model, (rows,), dynamic_shapes=({0: batch},))
weights = sum(p.numel() * 4 for p in model.parameters())
print(f"the weights alone: {weights:,} bytes")
# --8<-- [end:model]


# --8<-- [start:write]
import warnings

import openvino
from executorch.backends.xnnpack.partition.xnnpack_partitioner import (
    XnnpackPartitioner,
)
from executorch.exir import to_edge_transform_and_lower
from safetensors.torch import save_file

torch.save(model.state_dict(), "weights.pt")
save_file(model.state_dict(), "weights.safetensors")
torch.export.save(program, "model.pt2")
torch.onnx.export(
    program, (), "model.onnx", external_data=False, verbose=False
)
openvino.save_model(openvino.convert_model(program), "model.xml")
lowered = to_edge_transform_and_lower(
    program, partitioner=[XnnpackPartitioner()]
)
lowered.to_executorch().save("model.pte")
with warnings.catch_warnings():  # TorchScript is deprecated, and here to show
    warnings.simplefilter("ignore")
    torch.jit.save(torch.jit.trace(model, rows), "model.ts")
# --8<-- [end:write]


# --8<-- [start:sizes]
from pathlib import Path

FILES = ["weights.pt", "weights.safetensors", "model.pt2", "model.onnx",
         "model.xml", "model.bin", "model.pte", "model.ts"]
for name in FILES:
    size = Path(name).stat().st_size
    print(f"{name:20} {size / weights:4.1f} x the weights")
# --8<-- [end:sizes]


# --8<-- [start:zips]
import zipfile

for name in ("weights.pt", "model.pt2", "model.ts"):
    members = zipfile.ZipFile(name).namelist()
    pickles = [m for m in members if m.endswith((".pkl", ".pt", "debug_pkl"))]
    programs = [m for m in members if m.endswith((".py", "model.json"))]
    print(f"{name}: {len(members)} members,",
          f"{len(pickles)} pickled, {len(programs)} with program")
# --8<-- [end:zips]


# --8<-- [start:heads]
for name in ("weights.safetensors", "model.onnx", "model.xml", "model.pte"):
    print(f"{name:20} {Path(name).read_bytes()[:24]}")
# --8<-- [end:heads]


# --8<-- [start:loaders]
from collections.abc import Callable
from typing import Any

import onnxruntime
from executorch.runtime import Runtime
from safetensors.torch import load_file

LOADERS: dict[str, Callable[[str], Any]] = {
    "weights.pt": torch.load,
    "weights.safetensors": load_file,
    "model.pt2": torch.export.load,
    "model.onnx": onnxruntime.InferenceSession,
    "model.xml": openvino.Core().read_model,
    "model.pte": lambda f: Runtime.get().load_program(f).load_method("forward"),
    "model.ts": torch.jit.load,
}


def attempt(name: str, path: str) -> str:
    """Load `path` as the kind of file that `name` is; say what happened."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            LOADERS[name](path)
    except Exception as error:  # any refusal is what we ask about
        return f"refused, {type(error).__name__}"
    return "loaded"
# --8<-- [end:loaders]


# --8<-- [start:flip]
def flipped(name: str) -> str:
    """A copy in which the byte in the middle is inverted."""
    data = bytearray(Path(name).read_bytes())
    data[len(data) // 2] ^= 0xFF
    Path("damaged-" + name).write_bytes(data)
    return "damaged-" + name


for name in LOADERS:
    if name == "model.xml":  # its weights are in the file beside it
        Path("damaged-model.xml").write_bytes(Path(name).read_bytes())
        flipped("model.bin")
        copy = "damaged-model.xml"
    else:
        copy = flipped(name)
    print(f"{name:20} {attempt(name, copy)}")
# --8<-- [end:flip]


# --8<-- [start:changed]
data = bytearray(Path("model.onnx").read_bytes())
bias = model[2].bias[:1].detach().numpy().tobytes()
data[data.index(bias) + 3] ^= 0x40  # +3: sign and exponent
session = onnxruntime.InferenceSession(bytes(data))
logits = session.run(None, {session.get_inputs()[0].name: rows.numpy()})[0]
labels = model(rows).argmax(dim=1)
changed = int((torch.from_numpy(logits).argmax(dim=1) != labels).sum())
print(f"model.onnx: {changed} of {len(rows)} decisions change")
# --8<-- [end:changed]


# --8<-- [start:digest]
import hashlib

for copy in ("weights.pt", "damaged-weights.pt"):
    digest = hashlib.sha256(Path(copy).read_bytes()).hexdigest()
    same = digest == hashlib.sha256(Path("weights.pt").read_bytes()).hexdigest()
    print(f"{copy:20} is the file that was built: {same}")
# --8<-- [end:digest]


# --8<-- [start:future]
import json

import onnx


def edited(name: str, member: str, change: Callable[[bytes], bytes]) -> str:
    """A copy of a zip archive with one member changed."""
    with (zipfile.ZipFile(name) as source,
          zipfile.ZipFile("future-" + name, "w") as target):
        for info in source.infolist():
            data = source.read(info)
            hit = info.filename.endswith(member)
            target.writestr(info.filename, change(data) if hit else data)
    return "future-" + name


def next_schema(data: bytes) -> bytes:
    """The same graph, in a schema of which nobody has heard."""
    graph = json.loads(data)
    graph["schema_version"]["major"] = 99
    return json.dumps(graph).encode()


edited("weights.pt", "/version", lambda _: b"99\n")
edited("model.pt2", "/model.json", next_schema)
edited("model.ts", "/version", lambda _: b"99\n")
graph = onnx.load("model.onnx")
graph.ir_version = 99
onnx.save(graph, "future-model.onnx")
text = Path("model.xml").read_text().replace('version="11"', 'version="99"')
Path("future-model.xml").write_text(text)
Path("future-model.bin").write_bytes(Path("model.bin").read_bytes())
data = Path("model.pte").read_bytes().replace(b"ET12", b"ET99", 1)
Path("future-model.pte").write_bytes(data)
for name in LOADERS:
    if name != "weights.safetensors":  # it has no version to change
        print(f"{name:20} {attempt(name, 'future-' + name)}")
# --8<-- [end:future]


try:
    # --8<-- [start:newer]
    torch.load("future-weights.pt")
    # --8<-- [end:newer]
except RuntimeError as error:
    print(error)


try:
    # --8<-- [start:ir]
    onnxruntime.InferenceSession("future-model.onnx")
    # --8<-- [end:ir]
except Exception as error:
    print(error)


# --8<-- [start:promise]
for line in (torch.export.save.__doc__ or "").splitlines()[2:5]:
    print(line.strip())
# --8<-- [end:promise]


# --8<-- [start:runs]
class Stowaway:
    """Unpickled, it creates a file. It could do anything."""

    def __reduce__(self) -> tuple[Any, ...]:
        return open, ("it-ran", "w")


def ran() -> bool:
    """Has the stowaway run since we last asked?"""
    marker = Path("it-ran")
    found = marker.exists()
    marker.unlink(missing_ok=True)
    return found


torch.save(model.state_dict() | {"note": Stowaway()}, "planted.pt")
outcome = attempt("weights.pt", "planted.pt")
print(f"weights.pt: {outcome}, ran: {ran()}")
# --8<-- [end:runs]


# --8<-- [start:carried]
import pickle

payload = pickle.dumps(Stowaway())
for dtype in ("U8", "PICKLE"):
    note = {"dtype": dtype, "shape": [len(payload)],
            "data_offsets": [0, len(payload)]}
    header = json.dumps({"note": note}).encode()
    Path("planted.safetensors").write_bytes(
        len(header).to_bytes(8, "little") + header + payload)
    outcome = attempt("weights.safetensors", "planted.safetensors")
    print(f"dtype {dtype}: {outcome}, ran: {ran()}")
# --8<-- [end:carried]


# --8<-- [start:escape]
from onnx.external_data_helper import convert_model_to_external_data

outside = onnx.load("model.onnx")
convert_model_to_external_data(outside, location="beside.bin", size_threshold=0)
onnx.save(outside, "outside.onnx")
outside = onnx.load("outside.onnx", load_external_data=False)
for tensor in outside.graph.initializer:
    for entry in tensor.external_data:
        if entry.key == "location":
            entry.value = "../passwords"
Path("outside.onnx").write_bytes(outside.SerializeToString())
# --8<-- [end:escape]


try:
    # --8<-- [start:escaped]
    onnxruntime.InferenceSession("outside.onnx")
    # --8<-- [end:escaped]
except Exception as error:
    print(error)
