"""Attempted to access the data pointer on an invalid python storage."""
# --8<-- [start:quantize]
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn
from torchao.quantization import Int8WeightOnlyConfig, quantize_


def build() -> nn.Module:
    return nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4))


torch.manual_seed(0)
model = build().eval()
quantize_(model, Int8WeightOnlyConfig())
# --8<-- [end:quantize]

try:
    # --8<-- [start:fails]
    save_file(model.state_dict(), "int8.safetensors")
    # --8<-- [end:fails]
except RuntimeError as error:
    print(error)

# --8<-- [start:why]
weight = model[0].weight
print(type(weight).__name__, "of", weight.tensor_data_names)
for name in weight.tensor_data_names:
    part = getattr(weight, name)
    print(f"{name:8}", part.dtype, tuple(part.shape))
# --8<-- [end:why]

# --8<-- [start:save]
from torchao.prototype.safetensors.safetensors_support import (
    flatten_tensor_state_dict,
    unflatten_tensor_state_dict,
)

tensors, metadata = flatten_tensor_state_dict(model.state_dict())
save_file(tensors, "int8.safetensors", metadata=metadata)
print(sorted(tensors))
# --8<-- [end:save]

# --8<-- [start:load]
with safe_open("int8.safetensors", framework="pt") as file:
    tensors = {name: file.get_tensor(name) for name in file.keys()}
    metadata = file.metadata()
weights, left_over = unflatten_tensor_state_dict(tensors, metadata)

fresh = build().eval()
fresh.load_state_dict(weights, assign=True)
features = torch.randn(3, 8)
with torch.inference_mode():
    print("same outputs:", torch.equal(fresh(features), model(features)))
print("left over:", left_over)
# --8<-- [end:load]

# --8<-- [start:fp32]
plain = build().eval()
save_file(plain.state_dict(), "fp32.safetensors")
with safe_open("fp32.safetensors", framework="pt") as file:
    plain.load_state_dict(
        {name: file.get_tensor(name) for name in file.keys()}
    )
quantize_(plain, Int8WeightOnlyConfig())
print(type(plain[0].weight).__name__)
# --8<-- [end:fp32]
