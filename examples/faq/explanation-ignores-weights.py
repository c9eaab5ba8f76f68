# --8<-- [start:reproduce]
import copy

import torch
from captum.attr import IntegratedGradients
from scipy.stats import spearmanr
from torch import Tensor, nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
image = torch.rand(1, 64) * (torch.rand(1, 64) < 0.5)  # half is background


def attributions(model: nn.Module) -> Tensor:
    """Return integrated gradients of class 3: [64]."""
    return IntegratedGradients(model).attribute(image, target=3)[0].detach()


def forgetful(model: nn.Sequential) -> nn.Sequential:
    """Return a copy with fresh weights."""
    model = copy.deepcopy(model)
    for layer in (model[0], model[2]):
        layer.reset_parameters()
    return model


before, after = attributions(model), attributions(forgetful(model))
seen = spearmanr(before.abs(), after.abs()).statistic
print(f"absolute values, all pixels: {seen:.1f}")
# --8<-- [end:reproduce]


# --8<-- [start:fix]
ink = image[0] > 0
ranks = [spearmanr(before[ink], attributions(forgetful(model))[ink]).statistic
         for _ in range(20)]
print(f"with signs, where there is ink: {abs(sum(ranks) / 20):.1f}")
# --8<-- [end:fix]
