# --8<-- [start:model]
from pathlib import Path

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

torch.set_num_threads(1)
digits = load_digits()
x, test_x, y, test_y = train_test_split(
    torch.tensor(digits.data / 16, dtype=torch.float32),
    torch.tensor(digits.target),
    test_size=448, stratify=digits.target, random_state=0,
)


def network(width: int) -> nn.Sequential:
    """64 pixels, two hidden layers of `width`, 10 logits."""
    return nn.Sequential(nn.Linear(64, width), nn.ReLU(),
                         nn.Linear(width, width), nn.ReLU(),
                         nn.Linear(width, 10))


def train(model: nn.Module, teacher: nn.Module | None = None) -> nn.Module:
    """200 steps of Adam: on labels, or on a teacher's answers at T=4."""
    torch.manual_seed(0)
    optimizer = torch.optim.Adam(model.parameters(), 2e-3, fused=True)
    for _ in range(200):
        rows = torch.randint(len(x), (64,))
        if teacher is None:
            loss = F.cross_entropy(model(x[rows]), y[rows])
        else:
            with torch.no_grad():
                target = (teacher(x[rows]) / 4).softmax(dim=1)
            loss = 16 * F.cross_entropy(model(x[rows]) / 4, target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.eval()


torch.manual_seed(0)
model = train(network(512))
# --8<-- [end:model]


# --8<-- [start:report]
from collections.abc import Callable

Run = Callable[[torch.Tensor], torch.Tensor]
with torch.no_grad():
    before = model(test_x).argmax(dim=1)


def report(name: str, run: Run, path: str) -> None:
    """Print bytes on disk, accuracy, and the decisions that changed."""
    with torch.no_grad():
        after = run(test_x).argmax(dim=1)
    size = Path(path).stat().st_size / 1000
    right = (after == test_y).float().mean()
    changed = (after != before).float().mean()
    print(f"{name:26} {size:6.0f} kB  {right:.0%} right  {changed:.0%} changed")


torch.save(model.state_dict(), "fp32.pt")
report("fp32", model, "fp32.pt")
# --8<-- [end:report]


# --8<-- [start:torchao]
import copy

from torchao.quantization import (
    Int4WeightOnlyConfig,
    Int8DynamicActivationInt8WeightConfig,
    Int8WeightOnlyConfig,
    quantize_,
)

for name, config in (
    ("torchao, weights", Int8WeightOnlyConfig()),
    ("torchao, dynamic", Int8DynamicActivationInt8WeightConfig()),
):
    quantized = copy.deepcopy(model)
    quantize_(quantized, config)
    torch.save(quantized.state_dict(), "torchao.pt")
    report(name, quantized, "torchao.pt")
# --8<-- [end:torchao]


# --8<-- [start:onnx]
import onnxruntime
from onnxruntime.quantization import quantize_dynamic

batch = torch.export.Dim("batch", min=1, max=448)
program = torch.export.export(
    model, (test_x,), dynamic_shapes=({0: batch},)
)
torch.onnx.export(program, (), "fp32.onnx", input_names=["x"],
                  external_data=False, verbose=False)
quantize_dynamic("fp32.onnx", "int8.onnx")
session = onnxruntime.InferenceSession("int8.onnx")
report(
    "ONNX Runtime, dynamic",
    lambda rows: torch.from_numpy(session.run(None, {"x": rows.numpy()})[0]),
    "int8.onnx",
)
# --8<-- [end:onnx]


# --8<-- [start:smaller]
small = train(network(64))
torch.save(small.state_dict(), "small.pt")
report("64 neurons, labels", small, "small.pt")
student = train(network(64), teacher=model)
torch.save(student.state_dict(), "student.pt")
report("64 neurons, distilled", student, "student.pt")


def halved(layer: nn.Linear, before: torch.Tensor, keep: int):
    """The `keep` rows with the largest weights, fed by rows `before`."""
    rows = layer.weight.norm(dim=1).topk(keep).indices
    new = nn.Linear(len(before), keep)
    with torch.no_grad():
        new.weight.copy_(layer.weight[rows][:, before])
        new.bias.copy_(layer.bias[rows])
    return new, rows


first, rows = halved(model[0], torch.arange(64), 64)
second, rows = halved(model[2], rows, 64)
last, _ = halved(model[4], rows, 10)
last.weight.data = model[4].weight.data[:, rows].clone()
last.bias.data = model[4].bias.data.clone()
pruned = nn.Sequential(first, nn.ReLU(), second, nn.ReLU(), last).eval()
torch.save(pruned.state_dict(), "pruned.pt")
report("pruned to 64 neurons", pruned, "pruned.pt")
report("  and trained again", train(pruned), "pruned.pt")
# --8<-- [end:smaller]


try:
    # --8<-- [start:int4]
    quantize_(copy.deepcopy(model).bfloat16(), Int4WeightOnlyConfig())
    # --8<-- [end:int4]
except ImportError as error:
    print(error)
