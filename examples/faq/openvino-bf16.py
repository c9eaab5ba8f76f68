# --8<-- [start:reproduce]
import openvino
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(
    nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 10)
).eval().requires_grad_(False)
batch = torch.randn(32, 64)
expected = model(batch)

core = openvino.Core()
converted = openvino.convert_model(torch.export.export(model, (batch,)))
default = core.compile_model(converted, "CPU")


def off_by(compiled: openvino.CompiledModel) -> float:
    """The largest error, as a share of the largest score."""
    answer = torch.from_numpy(compiled(batch.numpy())[0])
    return float((answer - expected).abs().max() / expected.abs().max())


print("runs in:    ",
      default.get_property("INFERENCE_PRECISION_HINT").get_type_name())
print("as float32: ", off_by(default) < 1e-5)
# --8<-- [end:reproduce]
# --8<-- [start:why]
offered = core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
smaller = {"BF16", "FP16"} & set(offered)
chosen = default.get_property("INFERENCE_PRECISION_HINT")
print("a smaller type is offered, or float32 is chosen:",
      bool(smaller) or chosen == openvino.Type.f32)
print("an error below 2 %:", off_by(default) < 0.02)
# --8<-- [end:why]
# --8<-- [start:fix]
exact = core.compile_model(
    converted, "CPU", {"INFERENCE_PRECISION_HINT": "f32"}
)
print("runs in:   ",
      exact.get_property("INFERENCE_PRECISION_HINT").get_type_name())
print("as float32:", off_by(exact) < 1e-5)
# --8<-- [end:fix]
# --8<-- [start:mode]
accurate = core.compile_model(
    converted, "CPU", {"EXECUTION_MODE_HINT": "ACCURACY"}
)
print("by mode:   ", off_by(accurate) < 1e-5)
# --8<-- [end:mode]
