# --8<-- [start:model]
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(
    nn.Conv2d(3, 4, 3, stride=2), nn.ReLU(), nn.Flatten(),
    nn.Linear(4 * 15 * 15, 10),
).eval()
print(tuple(model(torch.zeros(1, 3, 32, 32)).shape))
# --8<-- [end:model]

try:
    # --8<-- [start:fails]
    photo = torch.rand(1, 3, 40, 40)
    model(photo)
    # --8<-- [end:fails]
except RuntimeError as error:
    print(error)

# --8<-- [start:fix]
resized = nn.functional.interpolate(
    photo, size=(32, 32), mode="bilinear", antialias=True
)
print(tuple(model(resized).shape))
# --8<-- [end:fix]

# --8<-- [start:pool]
pooled = nn.Sequential(
    nn.Conv2d(3, 4, 3, stride=2), nn.ReLU(),
    nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(4 * 4 * 4, 10),
).eval()
for size in (32, 40):
    answer = pooled(torch.rand(1, 3, size, size))
    print(size, tuple(answer.shape))
# --8<-- [end:pool]
