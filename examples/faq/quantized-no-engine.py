"""Didn't find engine for operation quantized::linear_prepack NoQEngine"""
# --8<-- [start:model]
import torch
from torch import nn
from torch.ao.quantization import quantize_dynamic

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(16, 4)).eval().requires_grad_(False)
rows = torch.rand(8, 16)
# --8<-- [end:model]

if torch.backends.quantized.engine == "none":
    try:
        # --8<-- [start:fails]
        quantize_dynamic(model, {nn.Linear}, dtype=torch.qint8)
        # --8<-- [end:fails]
    except RuntimeError as error:
        print(error)

# --8<-- [start:engine]
def choose_engine(chosen: str, supported: list[str]) -> str:
    """The engine to use: torch's own choice, or the first that works.

    Raises:
        RuntimeError: this build of torch has none.
    """
    if chosen != "none":
        return chosen
    for engine in supported:
        if engine != "none":
            return engine
    raise RuntimeError(f"no engine in this build of torch: {supported}")


print("macOS:", choose_engine("none", ["qnnpack", "none"]))
print("x86:", choose_engine("x86", ["qnnpack", "onednn", "x86"]))
# --8<-- [end:engine]

# --8<-- [start:set]
torch.backends.quantized.engine = "qnnpack"
quantized = quantize_dynamic(model, {nn.Linear}, dtype=torch.qint8)
error = (quantized(rows) - model(rows)).abs().max().item()
print(type(quantized[0]).__module__, "error below 0.05:", error < 0.05)
# --8<-- [end:set]

try:
    # --8<-- [start:load]
    torch.backends.quantized.engine = "x86"
    half = quantize_dynamic(model, {nn.Linear}, dtype=torch.float16)
    torch.save(half.state_dict(), "half.pt")

    torch.backends.quantized.engine = "qnnpack"
    half.load_state_dict(torch.load("half.pt"))
    # --8<-- [end:load]
except RuntimeError as error:
    print(error)

# --8<-- [start:torchao]
import copy

from torchao.quantization import Int8WeightOnlyConfig, quantize_

new = copy.deepcopy(model)
quantize_(new, Int8WeightOnlyConfig())
outputs = {}
for engine in "qnnpack", "x86":
    torch.backends.quantized.engine = engine
    outputs[engine] = new(rows)
difference = (outputs["qnnpack"] - outputs["x86"]).abs().max().item()
error = (new(rows) - model(rows)).abs().max().item()
print("between engines:", difference)
print("error below 0.05:", error < 0.05)
# --8<-- [end:torchao]
