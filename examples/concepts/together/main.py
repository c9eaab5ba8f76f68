"""One model through serialization, optimization and deployment."""
# --8<-- [start:train]
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn


class Digits(nn.Module):
    """Classify 8x8 images whose pixels go from 0 to 1."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(64, 256)
        self.out = nn.Linear(256, 10)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Map (batch, 64) pixels to (batch, 10) logits."""
        return self.out(torch.relu(self.hidden(pixels)))


images, labels = load_digits(return_X_y=True)
parts = train_test_split(images / 16, labels, test_size=360, random_state=0)
train_pixels, pixels, train_labels, truth = map(torch.tensor, parts)

torch.manual_seed(0)
model = Digits().double()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for _ in range(60):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(train_pixels), train_labels)
    loss.backward()
    optimizer.step()
model = model.float().eval()
pixels = pixels.float()
# --8<-- [end:train]

# --8<-- [start:gate]
from collections.abc import Callable
from pathlib import Path

Run = Callable[[torch.Tensor], torch.Tensor]
with torch.inference_mode():
    expected = model(pixels)


class GateError(Exception):
    """A step changed the answers by more than was agreed."""


def check(step: str, file: str, run: Run, *, atol: float, flips: int) -> None:
    """Print what a step cost and refuse it if that is too much.

    Raises:
        GateError: a logit moved by more than `atol`, or more than `flips`
            of the decisions changed.
    """
    with torch.inference_mode():
        answer = torch.cat([run(part) for part in pixels.split(64)])
        distance = (answer - expected).abs().max().item()
    decisions = answer.argmax(-1)
    flipped = int((decisions != expected.argmax(-1)).sum())
    accuracy = (decisions == truth).float().mean().item()
    size = Path(file).stat().st_size / 1000
    if not distance <= atol or flipped > flips:
        raise GateError(
            f"{step}: logits moved by {distance:.1f}, {flipped} of "
            f"{len(truth)} decisions changed, allowed are {flips}"
        )
    print(
        f"{step:12} {size:4.0f} kB, moved by {distance:.2f}, "
        f"{flipped} flips, accuracy {accuracy:.3f}"
    )


# --8<-- [end:gate]

# --8<-- [start:weights]
from safetensors.torch import load_file, save_file

save_file(model.state_dict(), "model.safetensors")

restored = Digits().eval()
restored.load_state_dict(load_file("model.safetensors"))
check("safetensors", "model.safetensors", restored, atol=0, flips=0)
# --8<-- [end:weights]

# --8<-- [start:program]
program = torch.export.export(
    restored,
    (torch.zeros(64, 64),),
    dynamic_shapes={"pixels": {0: torch.export.Dim("batch", max=64)}},
)
for node in program.graph.nodes:  # our paths and sources stay with us
    node.meta.pop("stack_trace", None)
torch.export.save(program, "model.pt2")

loaded = torch.export.load("model.pt2").module()
check("export", "model.pt2", loaded, atol=1e-5, flips=0)
# --8<-- [end:program]

# --8<-- [start:onnx]
import onnxruntime


def onnx_runner(file: str) -> Run:
    """Return a function that runs an ONNX file on the CPU."""
    session = onnxruntime.InferenceSession(
        file, providers=["CPUExecutionProvider"]
    )
    return lambda given: torch.from_numpy(
        session.run(None, {"pixels": given.numpy()})[0]
    )


torch.onnx.export(
    program, f="model.onnx", external_data=False, verbose=False
)
portable = onnx_runner("model.onnx")
check("ONNX fp32", "model.onnx", portable, atol=1e-4, flips=0)
# --8<-- [end:onnx]

# --8<-- [start:int8]
import onnx
from onnxruntime.quantization import QuantType, quantize_dynamic

quantize_dynamic(
    "model.onnx",
    "model.int8.onnx",
    weight_type=QuantType.QUInt8,
    per_channel=True,
)
graph = onnx.load("model.int8.onnx").graph
operators = {node.op_type for node in graph.node}
print(*sorted(operators))
small = onnx_runner("model.int8.onnx")
check("ONNX int8", "model.int8.onnx", small, atol=0.5, flips=3)
# --8<-- [end:int8]

try:
    # --8<-- [start:too-far]
    ternary = Digits().eval()
    ternary.load_state_dict(model.state_dict())
    shares = torch.linspace(0.05, 1, 60)[:, None, None]
    for layer in (ternary.hidden, ternary.out):
        weight = layer.weight.detach()
        scales = shares * weight.abs().amax(1, keepdim=True)
        rounded = (weight / scales).round().clamp(-1, 1) * scales
        errors = (weight - rounded).square().sum(2, keepdim=True)
        best = errors.argmin(0, keepdim=True)  # of each output channel
        with torch.no_grad():
            layer.weight.copy_(rounded.take_along_dim(best, 0)[0])

    check("ternary", "model.safetensors", ternary, atol=0.5, flips=3)
    # --8<-- [end:too-far]
except GateError as error:
    print(error)

# --8<-- [start:deploy]
import hashlib
import json

import numpy as np

golden = pixels[:64]
answers = expected[:64]
np.savez("golden.npz", pixels=golden.numpy(), logits=answers.numpy())
shipped = Path("model.int8.onnx").read_bytes()
manifest = {
    "file": "model.int8.onnx",
    "version": "1.0.0",
    "sha256": hashlib.sha256(shipped).hexdigest(),
    "tolerance": 0.5,
}
Path("manifest.json").write_text(json.dumps(manifest, indent=2))
# --8<-- [end:deploy]

# --8<-- [start:swap]
Path("model.int8.onnx").write_bytes(Path("model.onnx").read_bytes())
# --8<-- [end:swap]
