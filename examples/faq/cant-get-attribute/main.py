# --8<-- [start:save]
import torch
from nets import DigitNet
from torch import nn


class Head(nn.Module):
    """A class that stands in the training script itself."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(64, 10)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return self.linear(features)


torch.save(Head().eval(), "head.pt")
torch.save(DigitNet().eval(), "digits.pt")
restored = torch.load("head.pt", weights_only=False)
print(type(restored).__module__, type(restored).__name__)
# --8<-- [end:save]

# --8<-- [start:fix]
model = DigitNet().eval()
torch.save(model.state_dict(), "weights.pt")
program = torch.export.export(model, (torch.zeros(2, 64),))
torch.export.save(program, "digits.pt2")
# --8<-- [end:fix]
