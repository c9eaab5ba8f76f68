# --8<-- [start:net]
import torch
from torch import nn

model = nn.Sequential(
    nn.Linear(10, 50), nn.ReLU(), nn.Linear(50, 10)
).eval()
# --8<-- [end:net]
try:
    # --8<-- [start:fails]
    quantized = torch.quantization.quantize_dynamic(
        model, {nn.Linear: nn.quantized.Linear}
    )
    # --8<-- [end:fails]
except AttributeError as error:
    print(error)
# --8<-- [start:cause]
from torch.ao.quantization import default_dynamic_qconfig

print("a QConfig:", default_dynamic_qconfig._fields)
print("a layer:  ", hasattr(nn.quantized.Linear, "_fields"))
# --8<-- [end:cause]
# --8<-- [start:torchao]
import copy

from torchao.quantization import (
    Int8DynamicActivationInt8WeightConfig,
    quantize_,
)

quantized = copy.deepcopy(model)
quantize_(quantized, Int8DynamicActivationInt8WeightConfig())

batch = torch.randn(256, 10)
with torch.inference_mode():
    expected, answers = model(batch), quantized(batch)
noise = (answers - expected).square().mean()
print("weights:", quantized[0].weight.qdata.dtype)
print("exact:", torch.equal(answers, expected))
print("noise under 1% of the signal:",
      bool(noise < 0.01 * expected.square().mean()))
# --8<-- [end:torchao]
