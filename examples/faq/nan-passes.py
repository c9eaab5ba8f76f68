# --8<-- [start:net]
import torch
from torch import Tensor, nn

torch.manual_seed(0)
model = nn.Sequential(
    nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4)
).eval()
features = torch.randn(100, 8)
features[:, 3] = float("nan")
# --8<-- [end:net]

# --8<-- [start:fails]
with torch.inference_mode():
    confidence, answer = model(features).softmax(dim=1).max(dim=1)
print("answers:", answer.unique().tolist())
print("rejected:", int((confidence < 0.5).sum()))
# --8<-- [end:fails]


# --8<-- [start:fix]
@torch.inference_mode()
def predict(features: Tensor) -> tuple[Tensor, Tensor]:
    """Confidence (n,) and class (n,) for finite features (n, 8)."""
    broken = ~features.isfinite().all(dim=1)
    if broken.any():
        raise ValueError(f"not finite: {int(broken.sum())} rows")
    logits = model(features)
    if not logits.isfinite().all():
        raise RuntimeError("the model's answer is not finite")
    confidence, answer = logits.softmax(dim=1).max(dim=1)
    return confidence, answer


confidence, answer = predict(torch.zeros(2, 8))
print(answer.shape, bool((confidence >= 0.25).all()))
# --8<-- [end:fix]

try:
    # --8<-- [start:refuses]
    predict(features)
    # --8<-- [end:refuses]
except ValueError as error:
    print(error)
