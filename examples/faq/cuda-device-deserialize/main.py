try:
    # --8<-- [start:fails]
    import torch

    weights = torch.load("weights.pt")
    # --8<-- [end:fails]
except Exception as error:
    print(error)

# --8<-- [start:fix]
import torch
from torch import nn

device = "cuda" if torch.cuda.is_available() else "cpu"
weights = torch.load("weights.pt", map_location="cpu")
model = nn.Linear(4, 3)
model.load_state_dict(weights)
model.to(device).eval()
print("loaded on:", weights["weight"].device)
# --8<-- [end:fix]

# --8<-- [start:save]
weights = {name: t.cpu() for name, t in model.state_dict().items()}
torch.save(weights, "anywhere.pt")
# --8<-- [end:save]
