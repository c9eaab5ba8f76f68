"""The PyTorch deployment stack: one exported program, many doors."""

# --8<-- [start:model]
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(
    nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)
).eval()
sample = torch.randn(8, 64)
with torch.inference_mode():
    expected = model(sample)
torch.save({"sample": sample, "expected": expected}, "sample.pt")
print(tuple(expected.shape))
# --8<-- [end:model]

# --8<-- [start:export]
batch = torch.export.Dim("batch", min=1, max=64)
program = torch.export.export(
    model, (sample,), dynamic_shapes=({0: batch},)
)
torch.export.save(program, "model.pt2")

for node in program.graph.nodes:
    if node.op == "call_function":
        print(node.target)
print(list(program.range_constraints.values()))
# --8<-- [end:export]

# --8<-- [start:load]
loaded = torch.export.load("model.pt2").module()
print(torch.equal(loaded(sample), expected))
print(tuple(loaded(sample[:1]).shape))
# --8<-- [end:load]

try:
    # --8<-- [start:guard]
    loaded(torch.zeros(65, 64))
    # --8<-- [end:guard]
except AssertionError as error:
    print(error)

# --8<-- [start:torchao]
import copy

from torchao.quantization import Int8WeightOnlyConfig, quantize_

small = copy.deepcopy(model)
quantize_(small, Int8WeightOnlyConfig())
with torch.inference_mode():
    error = (small(sample) - expected).abs().max()
print(type(small[0].weight).__name__)
print("largest error below 0.02:", bool(0 < error < 0.02))
# --8<-- [end:torchao]
