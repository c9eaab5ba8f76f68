# --8<-- [start:model]
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(4, 2).eval()
example = (torch.zeros(2, 4),)
# --8<-- [end:model]

try:
    # --8<-- [start:fails]
    program = torch.export.export_for_training(model, example)
    # --8<-- [end:fails]
except AttributeError as error:
    print(error)

# --8<-- [start:gone]
for owner, name in (
    (torch.export, "export"),
    (torch.export, "export_for_training"),
    (torch.export, "export_for_inference"),
    (torch._export, "capture_pre_autograd_graph"),
    (torch.onnx, "dynamo_export"),
):
    print(f"{owner.__name__}.{name}: {hasattr(owner, name)}")
# --8<-- [end:gone]

# --8<-- [start:fix]
program = torch.export.export(model, example)
rows = torch.randn(2, 4)
print("same:", torch.equal(program.module()(rows), model(rows)))
# --8<-- [end:fix]
