# --8<-- [start:model]
import torch
from sklearn.datasets import load_digits
from torch import nn

images, labels = load_digits(return_X_y=True)
pixels = torch.from_numpy(images).float()
targets = torch.from_numpy(labels)
train, test = slice(0, 1500), slice(1500, None)


class Digits(nn.Module):
    """Ten scores for each row of 64 pixels from 0 to 16."""

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Linear(64, 512), nn.GELU(approximate)
        )
        self.head = nn.Linear(512, 10, bias=False)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return self.head(self.features(pixels / 16))


torch.manual_seed(0)
model = Digits().eval().requires_grad_(False)
exact_model = Digits().double().eval().requires_grad_(False)
exact_model.load_state_dict(model.state_dict())
seen = exact_model.features(pixels[train].double() / 16)
wanted = nn.functional.one_hot(targets[train], 10).double()
ridge = torch.linalg.solve(
    seen.T @ seen + 0.1 * torch.eye(512), seen.T @ wanted
)
model.head.weight.copy_(ridge.T)
exact_model.head.weight.copy_(model.head.weight)

batch = pixels[test]
exact = exact_model(batch.double())
right = (exact.argmax(-1) == targets[test]).double().mean()
print(f"right: {right:.2f}, scores up to {exact.abs().max():.1f}")
# --8<-- [end:model]
# --8<-- [start:gate]
import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Parity:
    """How far a runtime's scores are from the exact ones."""

    largest: float  # largest absolute error
    ulps: float  # the same in units of the last place at the scores' scale
    sqnr: float  # power of the scores over power of the error, in dB
    flips: int  # decisions that changed
    at_risk: int  # decisions that an error of this size could change


@dataclass(frozen=True)
class Limit:
    ulps: float
    flips: int

    def allows(self, parity: Parity) -> bool:
        """False, too, if an error is not a number."""
        return parity.ulps <= self.ulps and parity.flips <= self.flips


def ulp(value: float) -> float:
    """Distance from a float32 to the next larger one."""
    return math.ldexp(1.0, math.frexp(value)[1] - 24)


def measure(scores: torch.Tensor, exact: torch.Tensor) -> Parity:
    """Compare scores of shape (batch, classes) with float64 ones.

    Raises ValueError for another shape, which would broadcast.
    """
    if scores.shape != exact.shape:
        raise ValueError(f"{scores.shape} is not {exact.shape}")
    error = scores.double() - exact
    largest = float(error.abs().max())
    scale = float(exact.abs().max())
    best_two = exact.topk(2).values
    margin = best_two[:, 0] - best_two[:, 1]
    power, noise = exact.square().mean(), error.square().mean()
    return Parity(
        largest=largest,
        ulps=largest / ulp(scale),
        sqnr=float(10 * torch.log10(power / noise)),
        flips=int((scores.argmax(-1) != exact.argmax(-1)).sum()),
        at_risk=int((margin < 2 * largest).sum()),
    )
# --8<-- [end:gate]
# --8<-- [start:runtimes]
from pathlib import Path

import onnxruntime
import openvino
from executorch.backends.xnnpack.partition.xnnpack_partitioner import (
    XnnpackPartitioner,
)
from executorch.exir import to_edge_transform_and_lower
from executorch.runtime import Runtime

batch_size = torch.export.Dim("batch", min=1, max=len(batch))
program = torch.export.export(
    model, (batch,), dynamic_shapes={"pixels": {0: batch_size}}
)
torch.onnx.export(
    program, f="digits.onnx", external_data=False, verbose=False
)
lowered = to_edge_transform_and_lower(
    program, partitioner=[XnnpackPartitioner()]
)
Path("digits.pte").write_bytes(lowered.to_executorch().buffer)

array = batch.numpy()
session = onnxruntime.InferenceSession(
    "digits.onnx", providers=["CPUExecutionProvider"]
)
ir = openvino.convert_model(program)
default = openvino.compile_model(ir, "CPU")
f32 = openvino.compile_model(
    ir, "CPU", {"INFERENCE_PRECISION_HINT": "f32"}
)
method = Runtime.get().load_program("digits.pte").load_method("forward")
half = Digits().eval().requires_grad_(False)
half.load_state_dict(model.state_dict())

answers = {
    "eager": model(batch),
    "eager, single rows": torch.cat([model(row) for row in batch.split(1)]),
    "exported program": program.module()(batch),
    "ONNX Runtime": torch.from_numpy(session.run(None, {"pixels": array})[0]),
    "OpenVINO, f32": torch.from_numpy(f32(array)[0]),
    "OpenVINO, default": torch.from_numpy(default(array)[0]),
    "ExecuTorch": method.execute([batch])[0],
    "eager, bfloat16": half.bfloat16()(batch.bfloat16()),
}
# --8<-- [end:runtimes]
# --8<-- [start:table]
FLOAT32 = Limit(ulps=256, flips=0)
BFLOAT16 = Limit(ulps=8 * 2**16, flips=3)  # 8 ulps of bfloat16


def report(name: str, scores: torch.Tensor) -> None:
    parity = measure(scores, exact)
    print(f"{name:18} {parity.sqnr > 100!s:8} {parity.flips:5} "
          f"{parity.at_risk:7}  {FLOAT32.allows(parity)!s:7}  "
          f"{BFLOAT16.allows(parity)}")


print("runtime            > 100 dB flips at risk  float32  bfloat16")
for name, scores in answers.items():
    report(name, scores)
# --8<-- [end:table]
# --8<-- [start:compiled]
package = torch._inductor.aoti_compile_and_package(
    program, package_path="digits.aoti.pt2"
)
native = torch._inductor.aoti_load_package(package)
report("AOTInductor", native(batch))
report("torch.compile", torch.compile(model)(batch))
# --8<-- [end:compiled]
# --8<-- [start:release]
def release(name: str, scores: torch.Tensor, limit: Limit) -> None:
    """Raise ValueError unless the runtime keeps to its limit."""
    parity = measure(scores, exact)
    if not limit.allows(parity):
        raise ValueError(
            f"{name}: {parity.ulps:,.0f} ulps and {parity.flips} flips, "
            f"allowed are {limit.ulps:,} and {limit.flips}"
        )


release("ONNX Runtime", answers["ONNX Runtime"], FLOAT32)
print("ONNX Runtime: released")
# --8<-- [end:release]
# --8<-- [start:fault]
approximate = Digits(approximate="tanh").eval().requires_grad_(False)
approximate.load_state_dict(model.state_dict())
report("GELU by tanh", approximate(batch))
report("forgotten / 16", model(batch * 16))
report("one nan", exact.index_fill(0, torch.tensor([7]), torch.nan))
# --8<-- [end:fault]
try:
    # --8<-- [start:stopped]
    release("forgotten / 16", model(batch * 16), BFLOAT16)
    # --8<-- [end:stopped]
except ValueError as error:
    print(error)
# --8<-- [start:openvino]
capabilities = openvino.Core().get_property(
    "CPU", "OPTIMIZATION_CAPABILITIES"
)
smaller = {"BF16", "FP16"} & set(capabilities)
chosen = default.get_property("INFERENCE_PRECISION_HINT")
print("default:", chosen.get_type_name())
print("the default is float32 only where nothing smaller is offered:",
      (chosen == openvino.Type.f32) == (not smaller))
print("float32 if asked:",
      f32.get_property("INFERENCE_PRECISION_HINT") == openvino.Type.f32)
# --8<-- [end:openvino]
