# --8<-- [start:net]
import torch
from torch import Tensor, nn

model = nn.Sequential(
    nn.Linear(10, 50), nn.ReLU(), nn.Linear(50, 10)
).eval()
# --8<-- [end:net]
try:
    # --8<-- [start:fails]
    traced = torch.jit.trace(model)
    # --8<-- [end:fails]
except RuntimeError as error:
    print(error)
# --8<-- [start:export]
batch = torch.export.Dim("batch", min=1, max=256)
program = torch.export.export(
    model, (torch.zeros(2, 10),), dynamic_shapes=({0: batch},)
)
torch.export.save(program, "model.pt2")

reloaded = torch.export.load("model.pt2").module()
features = torch.randn(7, 10)
with torch.inference_mode():
    expected, answers = model(features), reloaded(features)
print("batch of 7:", tuple(answers.shape))
print("same:", torch.allclose(answers, expected, atol=1e-5))
# --8<-- [end:export]
# --8<-- [start:branch]
class Discount(nn.Module):
    """Prices above 100 get ten per cent off."""

    def forward(self, price: Tensor) -> Tensor:
        if price > 100:
            return price * 0.9
        return price


traced = torch.jit.trace(Discount(), torch.tensor(200.0))
print("eager: ", Discount()(torch.tensor(50.0)).item())
print("traced:", traced(torch.tensor(50.0)).item())
# --8<-- [end:branch]
try:
    # --8<-- [start:refuses]
    torch.export.export(Discount(), (torch.tensor(200.0),))
    # --8<-- [end:refuses]
except RuntimeError as error:
    print(error)
# --8<-- [start:where]
class VectorDiscount(nn.Module):
    """The same rule, written with both sides in the graph."""

    def forward(self, price: Tensor) -> Tensor:
        return torch.where(price > 100, price * 0.9, price)


rule = torch.export.export(VectorDiscount(), (torch.tensor(200.0),))
print("exported:", rule.module()(torch.tensor(50.0)).item())
print("exported:", rule.module()(torch.tensor(200.0)).item())
# --8<-- [end:where]
