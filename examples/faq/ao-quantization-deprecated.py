# --8<-- [start:old]
import torch
from torch import nn
from torch.ao.quantization import quantize_dynamic

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 8))
x = torch.randn(16, 64)

old = quantize_dynamic(model, {nn.Linear}, dtype=torch.qint8)
error = (old(x) - model(x)).abs().max().item()
print("error below 0.05:", error < 0.05)
# --8<-- [end:old]

# --8<-- [start:new]
import copy

from torchao.quantization import (
    Int8DynamicActivationInt8WeightConfig,
    quantize_,
)

new = copy.deepcopy(model)
quantize_(new, Int8DynamicActivationInt8WeightConfig())
error = (new(x) - model(x)).abs().max().item()
print("error below 0.05:", error < 0.05)
# --8<-- [end:new]
