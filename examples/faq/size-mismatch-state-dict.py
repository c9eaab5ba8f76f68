# --8<-- [start:save]
import torch
from torch import nn


def build(classes: int) -> nn.Module:
    return nn.Sequential(nn.Linear(4, 16), nn.Linear(16, classes))


torch.save(build(classes=10).state_dict(), "trained.pt")
# --8<-- [end:save]

try:
    # --8<-- [start:fails]
    model = build(classes=3)
    model.load_state_dict(torch.load("trained.pt"), strict=False)
    # --8<-- [end:fails]
except Exception as error:
    print(error)

# --8<-- [start:config]
weights = torch.load("trained.pt")
classes = weights["1.bias"].shape[0]
print(classes, "classes in the file")

config = {"classes": classes}
torch.save({"config": config, "weights": weights}, "whole.pt")

whole = torch.load("whole.pt")
model = build(**whole["config"])
print("loaded:", model.load_state_dict(whole["weights"]))
# --8<-- [end:config]

# --8<-- [start:head]
body = {n: t for n, t in weights.items() if not n.startswith("1.")}
model = build(classes=3)
result = model.load_state_dict(body, strict=False)
print("untrained:", result.missing_keys)
# --8<-- [end:head]


# --8<-- [start:zero]
empty = {name: torch.empty(0) for name in weights}
torch.save(empty, "rank0.pt")  # as one of several ranks may leave it
# --8<-- [end:zero]

try:
    # --8<-- [start:zero-fails]
    build(classes=10).load_state_dict(torch.load("rank0.pt"))
    # --8<-- [end:zero-fails]
except RuntimeError as error:
    print(error)

# --8<-- [start:complete]
def empty_tensors(file: str) -> list[str]:
    """Names in a file of weights that have no values."""
    return [n for n, t in torch.load(file).items() if t.numel() == 0]


print("rank0.pt:  ", empty_tensors("rank0.pt"))
print("trained.pt:", empty_tensors("trained.pt"))
# --8<-- [end:complete]
