# --8<-- [start:model]
import torch
from torch import nn
from torch.export import Dim

model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
model.eval()
batch = Dim("batch", min=1, max=64)
# --8<-- [end:model]

try:
    # --8<-- [start:static]
    fixed = torch.export.export(model, (torch.zeros(1, 64),))
    fixed.module()(torch.zeros(2, 64))
    # --8<-- [end:static]
except AssertionError as error:
    print(error)

# --8<-- [start:auto]
auto = torch.export.export(
    model, (torch.zeros(1, 64),), dynamic_shapes=({0: Dim.AUTO},)
)
print("what may vary:", auto.range_constraints)
# --8<-- [end:auto]

# --8<-- [start:fix]
two_rows = torch.zeros(2, 64)
program = torch.export.export(
    model, (two_rows,), dynamic_shapes=({0: batch},)
)
print("what may vary:", program.range_constraints)

rows = torch.randn(64, 64)
with torch.inference_mode():
    expected = model(rows)
    for size in (1, 2, 3, 64):
        answer = program.module()(rows[:size])
        close = torch.allclose(answer, expected[:size], atol=1e-5)
        print(f"batch of {size}: {'right' if close else 'WRONG'}")
# --8<-- [end:fix]

try:
    # --8<-- [start:beyond]
    program.module()(torch.zeros(65, 64))
    # --8<-- [end:beyond]
except AssertionError as error:
    print(error)
