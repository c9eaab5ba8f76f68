try:
    # --8<-- [start:fails]
    import torch
    from torch import nn

    frozen, head = nn.Linear(8, 4), nn.Linear(4, 2)
    with torch.inference_mode():
        features = frozen(torch.randn(16, 8))
    head(features).sum().backward()
    # --8<-- [end:fails]
except Exception as error:
    print(error)

try:
    # --8<-- [start:inplace]
    features.add_(1)
    # --8<-- [end:inplace]
except Exception as error:
    print(error)

# --8<-- [start:fix]
with torch.no_grad():
    without_gradient = frozen(torch.randn(16, 8))

for usable in (without_gradient, features.clone()):
    head.zero_grad()
    head(usable).sum().backward()
    print("trained:", head.weight.grad is not None)
# --8<-- [end:fix]
