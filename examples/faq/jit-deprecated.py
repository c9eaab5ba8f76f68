# --8<-- [start:old]
import torch
from torch import nn

model = nn.Sequential(
    nn.Linear(10, 50), nn.ReLU(), nn.Linear(50, 1)
).eval()
scripted = torch.jit.script(model)
scripted.save("old.pt")
print("saved old.pt")
# --8<-- [end:old]
# --8<-- [start:rescue]
import torch
from torch import nn

archive = torch.jit.load("old.pt").eval()
weights = archive.state_dict()
for name, tensor in weights.items():
    print(name, tuple(tensor.shape))
# --8<-- [end:rescue]
# --8<-- [start:convert]
model = nn.Sequential(
    nn.Linear(10, 50), nn.ReLU(), nn.Linear(50, 1)
).eval()
model.load_state_dict(weights)

batch = torch.export.Dim("batch", min=1, max=256)
program = torch.export.export(
    model, (torch.zeros(2, 10),), dynamic_shapes=({0: batch},)
)
torch.export.save(program, "new.pt2")
# --8<-- [end:convert]
# --8<-- [start:check]
reloaded = torch.export.load("new.pt2").module()
features = torch.randn(64, 10)
with torch.inference_mode():
    expected, answers = archive(features), reloaded(features)
print("same:", torch.allclose(answers, expected, atol=1e-5))
# --8<-- [end:check]
# --8<-- [start:source]
for name, layer in archive.named_children():
    print(name, layer.original_name)
print(archive.code)
# --8<-- [end:source]
