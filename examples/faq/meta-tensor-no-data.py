# --8<-- [start:build]
import torch
from torch import nn


def build() -> nn.Module:
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))


torch.manual_seed(0)
trained = build().eval()
weights = trained.state_dict()
cut = {name: w for name, w in weights.items() if name != "2.bias"}

with torch.device("meta"):
    model = build().eval()
model.load_state_dict(cut, strict=False, assign=True)
# --8<-- [end:build]

try:
    # --8<-- [start:fails]
    model.to("cpu")
    # --8<-- [end:fails]
except NotImplementedError as error:
    print(error)

# --8<-- [start:find]
tensors = {**dict(model.named_parameters()), **dict(model.named_buffers())}
print("no values:", [name for name, t in tensors.items() if t.is_meta])
# --8<-- [end:find]

# --8<-- [start:fix]
model.load_state_dict(weights, assign=True)
model.to("cpu")
rows = torch.randn(3, 4)
print("same:", torch.equal(model(rows), trained(rows)))
# --8<-- [end:fix]
