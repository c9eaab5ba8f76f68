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


def train(model: nn.Module) -> nn.Module:
    """Return the model after 200 steps of Adam."""
    optimizer = torch.optim.Adam(model.parameters(), 2e-3, fused=True)
    for _ in range(200):
        rows = torch.randint(len(x), (64,))
        loss = F.cross_entropy(model(x[rows]), y[rows])
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
size: dict[str, int] = {}
accuracy: dict[str, float] = {}
changed: dict[str, float] = {}
with torch.no_grad():
    before = model(test_x).argmax(dim=1)


def report(name: str, run: Run, path: str) -> None:
    """Print bytes on disk, accuracy, and the decisions that changed."""
    with torch.no_grad():
        after = run(test_x).argmax(dim=1)
    size[name] = Path(path).stat().st_size
    accuracy[name] = (after == test_y).float().mean().item()
    changed[name] = (after != before).float().mean().item()
    print(f"{name:22} {size[name] / 1000:4.0f} kB",
          f" {accuracy[name]:.1%} right  {changed[name]:.1%} changed")


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
# 7-bit weights: sums of 8-bit products saturate on a CPU without VNNI
quantize_dynamic("fp32.onnx", "int8.onnx", reduce_range=True)
session = onnxruntime.InferenceSession("int8.onnx")
report(
    "ONNX Runtime, dynamic",
    lambda rows: torch.from_numpy(session.run(None, {"x": rows.numpy()})[0]),
    "int8.onnx",
)
# --8<-- [end:onnx]


# --8<-- [start:fused]
from torch._dynamo.utils import counters  # private: what Inductor replaced

layer = nn.Sequential(nn.Linear(512, 512, bias=False)).bfloat16().eval()
quantize_(layer, Int8WeightOnlyConfig())
counters.clear()
with torch.no_grad():
    torch.compile(layer)(torch.rand(8, 512, dtype=torch.bfloat16))
print("int8 weights multiplied by one kernel:",
      counters["inductor"]["woq_matcher_count"])
# --8<-- [end:fused]


# --8<-- [start:students]
from torch.func import functional_call, stack_module_state, vmap

SEEDS = 5
Weights = dict[str, torch.Tensor]


def answers(weights: Weights, batches: torch.Tensor) -> torch.Tensor:
    """Return logits; network i answers batches[i]."""
    skeleton = network(64).to("meta")

    def one(own: Weights, batch: torch.Tensor) -> torch.Tensor:
        return functional_call(skeleton, own, (batch,))

    return vmap(one)(weights, batches)


def train_small(
    networks: list[nn.Module], teacher: torch.Tensor | None = None
) -> Weights:
    """Train on labels, or on a teacher's logits at T=4; 200 steps."""
    torch.manual_seed(0)
    weights, _ = stack_module_state(networks)
    optimizer = torch.optim.Adam(weights.values(), 1e-2, fused=True)
    for _ in range(200):
        rows = torch.randint(len(x), (SEEDS, 64))
        logits = answers(weights, x[rows]).flatten(0, 1)
        rows = rows.flatten()
        if teacher is None:
            loss = F.cross_entropy(logits, y[rows])
        else:
            soft = (teacher[rows] / 4).softmax(dim=1)
            loss = 16 * F.cross_entropy(logits / 4, soft)
        optimizer.zero_grad()
        (SEEDS * loss).backward()  # the sum: the networks stay independent
        optimizer.step()
    return weights


def report_small(name: str, weights: Weights) -> dict[str, torch.Tensor]:
    """Print mean and standard deviation over the seeds; return all, in %."""
    with torch.no_grad():
        after = answers(weights, test_x.expand(SEEDS, -1, -1)).argmax(dim=2)
    right = 100 * (after == test_y).float().mean(dim=1)
    changed = 100 * (after != before).float().mean(dim=1)
    print(f"{name:20} {right.mean():.1f} +- {right.std():.1f}% right",
          f" {changed.mean():.1f} +- {changed.std():.1f}% changed")
    return {"right": right, "changed": changed}
# --8<-- [end:students]


# --8<-- [start:smaller]
def beginners() -> list[nn.Module]:
    """Five untrained networks, the same at each call."""
    torch.manual_seed(0)
    return [network(64) for _ in range(SEEDS)]


torch.save(network(64).state_dict(), "small.pt")
print(f"each of them: {Path('small.pt').stat().st_size / 1000:.0f} kB")
labeled = report_small("labels", train_small(beginners()))
with torch.no_grad():
    teacher = model(x)
distilled = report_small("distilled", train_small(beginners(), teacher))
# --8<-- [end:smaller]


# --8<-- [start:pruned]
def cut_out(layer: nn.Linear, before: torch.Tensor, keep: int):
    """The `keep` rows with the largest weights, fed by rows `before`."""
    rows = layer.weight.norm(dim=1).topk(keep).indices
    new = nn.Linear(len(before), keep)
    with torch.no_grad():
        new.weight.copy_(layer.weight[rows][:, before])
        new.bias.copy_(layer.bias[rows])
    return new, rows


first, rows = cut_out(model[0], torch.arange(64), 64)
second, rows = cut_out(model[2], rows, 64)
last, _ = cut_out(model[4], rows, 10)
last.weight.data = model[4].weight.data[:, rows].clone()
last.bias.data = model[4].bias.data.clone()
pruned = nn.Sequential(first, nn.ReLU(), second, nn.ReLU(), last).eval()
torch.save(pruned.state_dict(), "pruned.pt")
report("pruned", pruned, "pruned.pt")
retrained = report_small("trained again", train_small([pruned] * SEEDS))
# --8<-- [end:pruned]


try:
    # --8<-- [start:int4]
    quantize_(copy.deepcopy(model).bfloat16(), Int4WeightOnlyConfig())
    # --8<-- [end:int4]
except ImportError as error:
    print(error)
