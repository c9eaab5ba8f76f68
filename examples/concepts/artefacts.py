"""What is inside an exported program."""
# --8<-- [start:model]
import torch
from torch import nn


class Digits(nn.Module):
    """Classify 8x8 images given as pixel counts from 0 to 16."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(64, 16)
        self.out = nn.Linear(16, 10)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Map (batch, 64) float32 pixels to (batch, 10) logits."""
        return self.out(torch.relu(self.hidden(pixels / 16)))


torch.manual_seed(0)
model = Digits().eval()
pixels = torch.randint(0, 17, (8, 64)).float()
with torch.inference_mode():
    expected = model(pixels)
# --8<-- [end:model]

# --8<-- [start:export]
batch = torch.export.Dim("batch", min=1, max=64)
program = torch.export.export(
    model, (pixels,), dynamic_shapes={"pixels": {0: batch}}
)
print([node.name for node in program.graph.nodes])
print(program.graph_signature.user_inputs, list(program.state_dict))
print(list(program.range_constraints.values()))
# --8<-- [end:export]

# --8<-- [start:pt2]
import zipfile

torch.export.save(program, "model.pt2")

archive = zipfile.ZipFile("model.pt2")
for member in archive.infolist():
    print(member.filename)
# --8<-- [end:pt2]

# --8<-- [start:weights]
raw = archive.read("model/data/weights/weight_0")
weight = torch.frombuffer(bytearray(raw), dtype=torch.float32)
print(torch.equal(weight.view(16, 64), model.hidden.weight))
# --8<-- [end:weights]

# --8<-- [start:graph]
import json

graph = json.loads(archive.read("model/models/model.json"))
print(graph["schema_version"], graph["torch_version"].split("+")[0])
print(list(graph["range_constraints"].values()))
for node in graph["graph_module"]["graph"]["nodes"]:
    print(node["target"])
# --8<-- [end:graph]

# --8<-- [start:leaks]
import io

trace = node["metadata"]["stack_trace"]
print(trace.splitlines()[-1].strip())

stored = io.BytesIO(archive.read("model/data/sample_inputs/model.pt"))
(sample,), _ = torch.load(stored, weights_only=True)
print(torch.equal(sample, pixels))
# --8<-- [end:leaks]

# --8<-- [start:clean]
public = torch.zeros(64, 64)
program = torch.export.export(
    model, (public,), dynamic_shapes={"pixels": {0: batch}}
)
for node in program.graph.nodes:
    node.meta.pop("stack_trace", None)
torch.export.save(program, "model.pt2")

archive = zipfile.ZipFile("model.pt2")
print(b"stack_trace" in archive.read("model/models/model.json"))
stored = io.BytesIO(archive.read("model/data/sample_inputs/model.pt"))
(sample,), _ = torch.load(stored, weights_only=True)
print(sample.abs().max().item())
# --8<-- [end:clean]

# --8<-- [start:load]
loaded = torch.export.load("model.pt2").module()
with torch.inference_mode():
    print(torch.equal(loaded(pixels), expected))
# --8<-- [end:load]

try:
    # --8<-- [start:guard]
    loaded(torch.zeros(65, 64))
    # --8<-- [end:guard]
except AssertionError as error:
    print(error)
