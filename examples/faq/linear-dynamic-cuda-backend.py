# --8<-- [start:old]
import torch
from torch import nn
from torch.ao.quantization import quantize_dynamic

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(64, 8))
x = torch.randn(4, 64)
old = quantize_dynamic(model, {nn.Linear}, dtype=torch.qint8)
# --8<-- [end:old]

if torch.cuda.is_available():
    try:
        # --8<-- [start:gpu]
        old.to("cuda")(x.to("cuda"))
        # --8<-- [end:gpu]
    except NotImplementedError as error:
        print(error)

# --8<-- [start:kernels]
name = "quantized::linear_dynamic"
for device in ("CPU", "CUDA"):
    known = torch._C._dispatch_has_kernel_for_dispatch_key(name, device)
    print(f"kernel for {device}: {known}")
print("parameters to move:", len(list(old.parameters())))
# --8<-- [end:kernels]

# --8<-- [start:new]
import copy

from torchao.quantization import (
    Int8DynamicActivationInt8WeightConfig,
    quantize_,
)

new = copy.deepcopy(model)
quantize_(new, Int8DynamicActivationInt8WeightConfig())
print("parameters to move:", len(list(new.parameters())))
error = (new(x) - model(x)).abs().max().item()
print("error below 0.05:", error < 0.05)
# --8<-- [end:new]
