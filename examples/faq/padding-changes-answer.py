# --8<-- [start:reproduce]
import torch
from torch import Tensor, nn

torch.manual_seed(0)


class Mean(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(100, 16, padding_idx=0)

    def forward(self, ids: Tensor) -> Tensor:
        return self.words(ids).mean(1)


def check(model: nn.Module) -> bool:
    alone = model(torch.tensor([[5, 6, 7]]))
    padded = model(torch.tensor([[5, 6, 7, 0, 0, 0, 0, 0]]))
    return torch.allclose(alone, padded, atol=1e-6)


print("alone equals padded:", check(Mean()))
# --8<-- [end:reproduce]


# --8<-- [start:fix]
class MaskedMean(Mean):
    def forward(self, ids: Tensor) -> Tensor:
        real = (ids != 0).unsqueeze(2).float()
        return (self.words(ids) * real).sum(1) / real.sum(1)


print("alone equals padded:", check(MaskedMean()))
# --8<-- [end:fix]
