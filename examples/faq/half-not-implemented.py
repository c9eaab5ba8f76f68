# --8<-- [start:runs]
import torch
from torch import nn

for layer, shape in {
    nn.Linear(8, 4): (2, 8),
    nn.Conv2d(3, 4, 3): (1, 3, 8, 8),
    nn.LayerNorm(8): (2, 8),
    nn.LSTM(8, 4): (5, 2, 8),
}.items():
    answer = layer.half()(torch.zeros(shape, dtype=torch.half))
    answer = answer[0] if isinstance(answer, tuple) else answer
    print(type(layer).__name__, answer.dtype)
# --8<-- [end:runs]

try:
    # --8<-- [start:fails]
    points = torch.randn(10, 3, dtype=torch.half)
    torch.cdist(points, points)
    # --8<-- [end:fails]
except Exception as error:
    print(error)

# --8<-- [start:float]
torch.save(nn.Linear(8, 4).half().state_dict(), "half.pt")

model = nn.Linear(8, 4)
model.load_state_dict(torch.load("half.pt"))  # copies into float32
print(model(torch.zeros(2, 8)).dtype)
# --8<-- [end:float]

# --8<-- [start:one]
distance = torch.cdist(points.float(), points.float()).to(points.dtype)
print(distance.dtype)
# --8<-- [end:one]
