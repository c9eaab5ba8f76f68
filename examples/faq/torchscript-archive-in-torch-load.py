# --8<-- [start:save]
import torch
from torch import nn

model = nn.Linear(4, 2).eval()
torch.jit.script(model).save("model.pt")
# --8<-- [end:save]

try:
    # --8<-- [start:fails]
    weights = torch.load("model.pt")
    # --8<-- [end:fails]
except RuntimeError as error:
    print(error)

# --8<-- [start:rescue]
weights = torch.jit.load("model.pt").state_dict()
torch.save(dict(weights), "weights.pt")

fresh = nn.Linear(4, 2).eval()
fresh.load_state_dict(torch.load("weights.pt"))
rows = torch.randn(3, 4)
print("same:", torch.equal(fresh(rows), model(rows)))
# --8<-- [end:rescue]
