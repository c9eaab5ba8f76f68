# --8<-- [start:old]
import torch
from torch import nn

model = nn.Sequential(nn.Linear(10, 50), nn.ReLU(), nn.Linear(50, 10))
quantized = torch.ao.quantization.quantize_dynamic(
    model, {nn.Linear}, dtype=torch.qint8
)
print(quantized)
# --8<-- [end:old]
