"""Load a torchao state_dict."""
# --8<-- [start:save]
import torch
from torch import nn
from torchao.quantization import Int8WeightOnlyConfig, quantize_


def build() -> nn.Module:
    return nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4))


torch.manual_seed(0)
model = build().eval()
quantize_(model, Int8WeightOnlyConfig())
torch.save(model.state_dict(), "int8.pt")
# --8<-- [end:save]

try:
    # --8<-- [start:copying]
    fresh = build().eval()
    fresh.load_state_dict(torch.load("int8.pt"))
    # --8<-- [end:copying]
except RuntimeError as error:
    print(error)

# --8<-- [start:fix]
fresh = build().eval()
fresh.load_state_dict(torch.load("int8.pt"), assign=True)

features = torch.randn(3, 8)
with torch.inference_mode():
    print("same outputs:", torch.equal(fresh(features), model(features)))
print(type(fresh[0].weight).__name__)
# --8<-- [end:fix]
