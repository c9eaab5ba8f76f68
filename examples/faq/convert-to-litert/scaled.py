"""A small model for a phone: between two convolutions, one factor each."""

import torch
from torch import Tensor, nn


class Scaled(nn.Module):
    """Takes images [1, 3, 16, 16]; multiplies each channel by a constant."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3, padding=1)
        self.factors = nn.Parameter(torch.rand(1, 8, 1, 1))
        self.second = nn.Conv2d(8, 4, 3, padding=1)

    def forward(self, image: Tensor) -> Tensor:
        return self.second(self.first(image).tanh() * self.factors)


torch.manual_seed(0)
model = Scaled().eval()
image = torch.rand(1, 3, 16, 16)

if __name__ == "__main__":
    program = torch.export.export(model, (image,))
    for node in program.graph.nodes:
        if node.op == "call_function":
            print(node.target, list(node.meta["val"].shape))
