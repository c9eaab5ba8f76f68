# --8<-- [start:fix]
import torch
from torch import nn

model = nn.Conv2d(3, 16, 3).eval()


def warm_up(model: nn.Module, batches: list[int]) -> int:
    calls = 0
    with torch.inference_mode():
        for batch in batches:
            for _ in range(2):
                model(torch.zeros(batch, 3, 64, 64))
                calls += 1
    return calls


print("ready after", warm_up(model, [1, 2, 8]), "warm-up calls")
# --8<-- [end:fix]
