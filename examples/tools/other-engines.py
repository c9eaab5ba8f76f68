# --8<-- [start:repository]
from pathlib import Path

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 10)).eval()
batch = torch.export.Dim("batch", min=1, max=64)
folder = Path("models/classifier/1")  # a number: the version
folder.mkdir(parents=True)
torch.onnx.export(
    model, (torch.rand(2, 64),), folder / "model.onnx",
    input_names=["pixels"], output_names=["logits"],
    dynamic_shapes=({0: batch},), external_data=False, verbose=False,
)
CONFIG = """
name: "classifier"
backend: "onnxruntime"
max_batch_size: 64
input [{ name: "pixels" data_type: TYPE_FP32 dims: [64] }]
output [{ name: "logits" data_type: TYPE_FP32 dims: [10] }]
dynamic_batching { max_queue_delay_microseconds: 2000 }
instance_group [{ count: 1 kind: KIND_CPU }]
"""
Path("models/classifier/config.pbtxt").write_text(CONFIG)
# --8<-- [end:repository]


# --8<-- [start:check]
from collections.abc import Sequence
from typing import Any

import onnx
from google.protobuf import text_format
from tritonclient.grpc import model_config_pb2


def differences(folder: Path, config: str) -> list[str]:
    """What Triton's configuration says, and the ONNX file does not."""
    said = text_format.Parse(config, model_config_pb2.ModelConfig())
    graph = onnx.load(folder / "model.onnx").graph
    found: list[str] = []

    def compare(kind: str, said: Sequence[Any], values: Sequence[Any]) -> None:
        names = {value.name: value.type.tensor_type for value in values}
        for tensor in said:
            if tensor.name not in names:
                found.append(f"{kind} {tensor.name}: not in the file")
                continue
            shape = names[tensor.name].shape.dim[1:]  # without the batch
            dims = [dim.dim_value for dim in shape]
            if dims != list(tensor.dims):
                text = f"{list(tensor.dims)}, and {dims} in the file"
                found.append(f"{kind} {tensor.name}: {text}")

    compare("input", said.input, graph.input)
    compare("output", said.output, graph.output)
    return found


print("as it is:", differences(folder, CONFIG) or "no difference")
wrong = CONFIG.replace("[64] }", "[8, 8] }").replace('"logits"', '"output"')
for line in differences(folder, wrong):
    print(line)
# --8<-- [end:check]


try:
    # --8<-- [start:misspelled]
    differences(folder, CONFIG.replace("max_queue_delay", "max_delay"))
    # --8<-- [end:misspelled]
except text_format.ParseError as error:
    print(error)


# --8<-- [start:trtexec]
graph = onnx.load(folder / "model.onnx").graph
profile = []
for name, rows in (("min", 1), ("opt", 16), ("max", 64)):
    shapes = []
    for value in graph.input:
        dims = value.type.tensor_type.shape.dim
        sizes = [str(dim.dim_value or rows) for dim in dims]
        shapes.append(f"{value.name}:{'x'.join(sizes)}")
    profile.append(f"--{name}Shapes={','.join(shapes)}")
print("trtexec --onnx=model.onnx --saveEngine=model.plan \\")
print("   ", " ".join(profile))
# --8<-- [end:trtexec]


# --8<-- [start:blocks]
import numpy as np

Q8_0 = np.dtype([("scale", "<f2"), ("codes", "i1", 32)])
Q4_0 = np.dtype([("scale", "<f2"), ("codes", "u1", 16)])


def to_q8(weights: np.ndarray) -> np.ndarray:
    """32 weights become a 16-bit scale and 32 bytes."""
    rows = weights.reshape(-1, 32)
    blocks = np.zeros(len(rows), Q8_0)
    blocks["scale"] = np.abs(rows).max(axis=1) / 127
    scale = blocks["scale"].astype(np.float32)[:, None]
    blocks["codes"] = np.rint(rows / np.where(scale == 0, 1, scale))
    return blocks


def from_q8(blocks: np.ndarray) -> np.ndarray:
    """The weights that a Q8_0 block stands for."""
    return blocks["scale"].astype(np.float32)[:, None] * blocks["codes"]


def to_q4(weights: np.ndarray) -> np.ndarray:
    """32 weights become a 16-bit scale and 16 bytes of two codes."""
    rows = weights.reshape(-1, 32)
    largest = np.take_along_axis(
        rows, np.abs(rows).argmax(axis=1, keepdims=True), axis=1)
    blocks = np.zeros(len(rows), Q4_0)
    blocks["scale"] = largest[:, 0] / -8  # the largest becomes code 0
    scale = np.where(largest == 0, 1, largest / -8)
    codes = np.clip(np.rint(rows / scale) + 8, 0, 15).astype(np.uint8)
    blocks["codes"] = codes[:, :16] | codes[:, 16:] << 4
    return blocks


def from_q4(blocks: np.ndarray) -> np.ndarray:
    """The weights that a Q4_0 block stands for."""
    codes = np.hstack([blocks["codes"] & 15, blocks["codes"] >> 4])
    scale = blocks["scale"].astype(np.float32)[:, None]
    return scale * (codes.astype(np.float32) - 8)
# --8<-- [end:blocks]


# --8<-- [start:gguf]
import struct

F32, Q4, Q8 = 0, 2, 8  # numbers of the tensor types
STRING = 8  # and of a type of metadata
ALIGNMENT = 32


def text(value: str) -> bytes:
    """A string of GGUF: its length, then its bytes."""
    return struct.pack("<Q", len(value.encode())) + value.encode()


def padding(size: int) -> bytes:
    """The zeros up to the next multiple of the alignment."""
    return bytes(-size % ALIGNMENT)


def write_gguf(
    path: str,
    metadata: dict[str, str],
    tensors: dict[str, tuple[int, tuple[int, ...], np.ndarray]],
) -> None:
    """Write version 3. A tensor is (type, shape as in PyTorch, data)."""
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(metadata))
    for key, value in metadata.items():
        head += text(key) + struct.pack("<I", STRING) + text(value)
    body = b""
    for name, (kind, shape, data) in tensors.items():
        head += text(name) + struct.pack("<I", len(shape))
        head += struct.pack(f"<{len(shape)}Q", *reversed(shape))
        head += struct.pack("<IQ", kind, len(body))
        body += data.tobytes() + padding(data.nbytes)
    Path(path).write_bytes(head + padding(len(head)) + body)


weight = model[0].weight.detach().numpy()
tensors = {
    "blk.0.ffn_up.weight": (Q8, weight.shape, to_q8(weight)),
    "blk.0.ffn_up4.weight": (Q4, weight.shape, to_q4(weight)),
    "blk.0.ffn_up.bias": (F32, (256,), model[0].bias.detach().numpy()),
}
write_gguf("layer.gguf", {"general.architecture": "example"}, tensors)
off = {}
for name, blocks, back in (
    ("Q8_0", to_q8(weight), from_q8(to_q8(weight))),
    ("Q4_0", to_q4(weight), from_q4(to_q4(weight))),
):
    back = back.reshape(weight.shape)
    off[name] = float(np.linalg.norm(back - weight) / np.linalg.norm(weight))
    print(f"{name}: {8 * blocks.nbytes / weight.size} bits a weight,",
          f"off by {off[name]:.1%}")
# --8<-- [end:gguf]


# --8<-- [start:read]
data = Path("layer.gguf").read_bytes()
print(data[:4], struct.unpack_from("<IQQ", data, 4))
# --8<-- [end:read]
