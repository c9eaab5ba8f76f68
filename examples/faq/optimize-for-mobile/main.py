# --8<-- [start:net]
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(
    nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4)
).eval()
features = torch.randn(4, 8)
# --8<-- [end:net]

try:
    # --8<-- [start:fails]
    from torch.utils.mobile_optimizer import optimize_for_mobile

    optimize_for_mobile(torch.jit.script(model))
    # --8<-- [end:fails]
except RuntimeError as error:
    print(error)

# --8<-- [start:export]
program = torch.export.export(model, (features,))
torch.export.save(program, "model.pt2")
with torch.inference_mode():
    torch.save((features, model(features)), "sample.pt")
# --8<-- [end:export]
