"""AttributeError: 'collections.OrderedDict' object has no attribute 'eval'"""
# --8<-- [start:save]
import torch
from torch import Tensor, nn


class Classifier(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3)
        )

    def forward(self, rows: Tensor) -> Tensor:
        return self.layers(rows)


trained = Classifier().eval()
torch.save(trained.state_dict(), "weights.pt")
# --8<-- [end:save]

try:
    # --8<-- [start:fails]
    model = torch.load("weights.pt")
    model.eval()
    # --8<-- [end:fails]
except AttributeError as error:
    print(error)

# --8<-- [start:look]
for name, value in torch.load("weights.pt").items():
    print(f"{name:16}", tuple(value.shape))
# --8<-- [end:look]

# --8<-- [start:fix]
model = Classifier()
model.load_state_dict(torch.load("weights.pt", map_location="cpu"))
model.eval()

rows = torch.ones(2, 4)
with torch.inference_mode():
    difference = (model(rows) - trained(rows)).abs().max().item()
print("largest difference from the trained model:", difference)
# --8<-- [end:fix]

# --8<-- [start:nested]
torch.save(
    {"epoch": 12, "model_state_dict": trained.state_dict()}, "last.pt"
)
checkpoint = torch.load("last.pt")
print(list(checkpoint))
# --8<-- [end:nested]

try:
    # --8<-- [start:nested-fails]
    checkpoint.eval()
    # --8<-- [end:nested-fails]
except AttributeError as error:
    print(error)


# --8<-- [start:find]
def find_weights(checkpoint: dict[str, object]) -> dict[str, Tensor]:
    """The one dictionary in a checkpoint that holds only tensors."""
    found = [
        value
        for value in [checkpoint, *checkpoint.values()]
        if isinstance(value, dict)
        and value
        and all(isinstance(v, Tensor) for v in value.values())
    ]
    if len(found) != 1:
        raise ValueError(f"{len(found)} sets of weights in {list(checkpoint)}")
    return found[0]


for path in ("weights.pt", "last.pt"):
    weights = find_weights(torch.load(path, map_location="cpu"))
    print(f"{path:10}", model.load_state_dict(weights))
# --8<-- [end:find]
