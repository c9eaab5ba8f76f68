# --8<-- [start:reproduce]
import torch
import torch.nn.functional as F
from sklearn.metrics import roc_auc_score
from torch import nn

torch.set_num_threads(1)  # the matrices are small
torch.manual_seed(0)
rows = torch.randn(400, 10)
noisy = rows[:, 0] + torch.randn(400)  # half of it cannot be learned
member = torch.arange(400) < 200
model = nn.Sequential(
    nn.Linear(10, 128), nn.ReLU(), nn.Linear(128, 1), nn.Flatten(0)
)
optimizer = torch.optim.Adam(model.parameters(), 1e-2, fused=True)


def auc() -> str:
    """How well a small error tells members from others."""
    with torch.inference_mode():
        error = (model(rows) - noisy).square()
    return f"{roc_auc_score(member.numpy(), -error.numpy()):.1f}"


for step in range(1, 301):
    optimizer.zero_grad()
    F.mse_loss(model(rows[member]), noisy[member]).backward()
    optimizer.step()
    if step in (20, 300):
        print(f"after {step} steps, AUC {auc()}")
# --8<-- [end:reproduce]
