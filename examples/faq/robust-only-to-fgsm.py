# --8<-- [start:reproduce]
import torch
import torch.nn.functional as F
from torch import Tensor, nn

torch.manual_seed(0)
labels = torch.arange(400) % 2
rows = torch.randn(400, 8) + 2 * labels[:, None]  # two clouds
model = nn.Linear(8, 2)
optimizer = torch.optim.Adam(model.parameters(), 0.05, fused=True)
for _ in range(100):
    optimizer.zero_grad()
    F.cross_entropy(model(rows), labels).backward()
    optimizer.step()


class Defended(nn.Module):
    """Rounds its input, "which removes the attack"."""

    def forward(self, x: Tensor) -> Tensor:
        return model((x * 4).round() / 4)


def fgsm(attacked: nn.Module, eps: float) -> Tensor:
    x = rows.clone().requires_grad_()
    loss = F.cross_entropy(attacked(x), labels)
    return rows + eps * torch.autograd.grad(loss, x)[0].sign()


def accuracy(x: Tensor) -> str:
    return f"{(Defended()(x).argmax(1) == labels).float().mean():.2f}"


print("clean:", accuracy(rows))
print("attacked:", accuracy(fgsm(Defended(), 1.0)))
# --8<-- [end:reproduce]

# --8<-- [start:why]
x = rows.clone().requires_grad_()
F.cross_entropy(Defended()(x), labels).backward()
print("largest gradient:", x.grad.abs().max().item())
# --8<-- [end:why]

# --8<-- [start:fix]
print("borrowed attack:", accuracy(fgsm(model, 1.0)))
print("no limit:", accuracy(fgsm(Defended(), 100.0)))
# --8<-- [end:fix]
