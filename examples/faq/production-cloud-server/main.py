# --8<-- [start:export]
import torch
from torch import nn

model = nn.Identity().eval()  # your trained model: 4 numbers, 4 classes

rows = torch.export.Dim("rows", min=1, max=64)
program = torch.export.export(
    model, (torch.zeros(2, 4),), dynamic_shapes=({0: rows},)
)
torch.export.save(program, "model.pt2")
# --8<-- [end:export]
