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
print(f"largest error: {error:.3f}")
# --8<-- [end:program]

# --8<-- [start:onnx]
from pathlib import Path

import onnxruntime
from onnxruntime.quantization import QuantType, quantize_dynamic

torch.onnx.export(
    model, (x,), "fp32.onnx", external_data=False, verbose=False
)
quantize_dynamic(
    "fp32.onnx", "int8.onnx", weight_type=QuantType.QUInt8
)
sizes = [Path(f).stat().st_size for f in ("int8.onnx", "fp32.onnx")]
print(f"bytes left: {sizes[0] / sizes[1]:.0%}")


def largest_error(path: str) -> float:
    session = onnxruntime.InferenceSession(path)
    [outputs] = session.run(None, {"input": x.numpy()})
    return (torch.from_numpy(outputs) - model(x)).abs().max().item()


print(f"largest error: {largest_error('int8.onnx'):.3f}")
# --8<-- [end:onnx]

# --8<-- [start:signed]
quantize_dynamic(
    "fp32.onnx",
    "signed.onnx",
    weight_type=QuantType.QInt8,
    reduce_range=True,
)
print(f"largest error: {largest_error('signed.onnx'):.3f}")
# --8<-- [end:signed]
