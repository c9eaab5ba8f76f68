# --8<-- [start:quantize]
import torch
from torch import nn
from torch.ao.quantization import quantize_dynamic

torch.manual_seed(0)
model = nn.Sequential(
    nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 8)
).eval()
x = torch.randn(4, 64)
old = quantize_dynamic(model, {nn.Linear}, dtype=torch.qint8)
# --8<-- [end:quantize]

try:
    # --8<-- [start:fails]
    torch.export.export(old, (x,))
    # --8<-- [end:fails]
except Exception as error:
    print(error)

# --8<-- [start:program]
import copy

from torchao.quantization import (
    Int8DynamicActivationInt8WeightConfig,
    quantize_,
)

new = copy.deepcopy(model)
quantize_(new, Int8DynamicActivationInt8WeightConfig())
program = torch.export.export(new, (x,))
error = (program.module()(x) - model(x)).abs().max().item()
print("error below 0.05:", error < 0.05)
# --8<-- [end:program]

# --8<-- [start:onnx]
from pathlib import Path

import onnxruntime
from onnxruntime.quantization import QuantType, quantize_dynamic

torch.onnx.export(
    model, (x,), "fp32.onnx", external_data=False, verbose=False
)
quantize_dynamic(
    "fp32.onnx", "int8.onnx", weight_type=QuantType.QInt8
)
sizes = [Path(f).stat().st_size for f in ("int8.onnx", "fp32.onnx")]
print("less than half the bytes:", sizes[0] < 0.5 * sizes[1])

session = onnxruntime.InferenceSession("int8.onnx")
answers = torch.from_numpy(session.run(None, {"input": x.numpy()})[0])
error = (answers - model(x)).abs().max().item()
print("error below 0.05:", error < 0.05)
# --8<-- [end:onnx]
