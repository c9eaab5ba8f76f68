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
import json

raw = archive.read("model/data/weights/weight_0")
weight = torch.frombuffer(bytearray(raw), dtype=torch.float32)
difference = (weight.view(16, 64) - model.hidden.weight).abs().max().item()
print("difference from hidden.weight:", difference)

listed = archive.read("model/data/weights/model_weights_config.json")
pickled = [
    entry["use_pickle"] for entry in json.loads(listed)["config"].values()
]
print(sum(pickled), "of", len(pickled), "weights pickled")
# --8<-- [end:weights]

# --8<-- [start:graph]
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
print(node["metadata"]["nn_module_stack"].split(";")[0])


def stored_example(name: str) -> torch.Tensor:
    """Return the example input that `name`.pt2 was exported with."""
    with zipfile.ZipFile(f"{name}.pt2") as archive:
        stored = archive.read(f"{name}/data/sample_inputs/model.pt")
    (sample,), _ = torch.load(io.BytesIO(stored), weights_only=True)
    return sample


leaked = (stored_example("model") == pixels).float().mean().item()
print(f"example pixels in the file: {leaked:.0%}")
# --8<-- [end:leaks]

# --8<-- [start:clean]
from pathlib import Path

KEEP = {"val", "tensor_meta"}  # shapes and types
public = torch.zeros(64, 64)
program = torch.export.export(
    model, (public,), dynamic_shapes={"pixels": {0: batch}}
)
for part in program.graph_module.modules():  # branches are graphs, too
    if isinstance(part, torch.fx.GraphModule):
        for node in part.graph.nodes:
            node.meta = {k: v for k, v in node.meta.items() if k in KEEP}
torch.export.save(program, "public.pt2")

words = ("stack_trace", "F.linear", "Digits", "hidden", "pixels")
before, after = (
    {word: Path(file).read_bytes().count(word.encode()) for word in words}
    for file in ("model.pt2", "public.pt2")
)
for word in words:
    print(f"{word:12} {'yes' if before[word] else 'no':4}",
          "yes" if after[word] else "no")
largest = stored_example("public").abs().max().item()
print("largest pixel of the example:", largest)
# --8<-- [end:clean]

# --8<-- [start:load]
loaded = torch.export.load("public.pt2").module()
with torch.inference_mode():
    error = (loaded(pixels) - expected).abs().max().item()
print("largest difference:", error)
# --8<-- [end:load]

try:
    # --8<-- [start:guard]
    loaded(torch.zeros(65, 64))
    # --8<-- [end:guard]
except AssertionError as error:
    print(error)
