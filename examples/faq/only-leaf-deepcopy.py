"""RuntimeError: Only Tensors created explicitly by the user (graph leaves)"""
# --8<-- [start:model]
import copy

import torch
from torch import nn
from torch.nn.utils import weight_norm

torch.manual_seed(0)
vocoder = nn.Sequential(weight_norm(nn.Conv1d(1, 4, 3)), nn.ReLU())
# --8<-- [end:model]

try:
    # --8<-- [start:fails]
    copy.deepcopy(vocoder)
    # --8<-- [end:fails]
except RuntimeError as error:
    print(error)

# --8<-- [start:find]
def computed_tensors(model: nn.Module) -> list[str]:
    """Attributes that hold a tensor which autograd computed."""
    found = []
    for name, module in model.named_modules():
        for key, value in vars(module).items():
            if isinstance(value, dict):
                value = list(value.values())
            values = value if isinstance(value, list) else [value]
            if any(torch.is_tensor(v) and not v.is_leaf for v in values):
                found.append(f"{name}.{key}".lstrip("."))
    return found


print(computed_tensors(vocoder))
# --8<-- [end:find]

# --8<-- [start:attribute]
class Encoder(nn.Module):
    """Keeps its last features, as an auxiliary loss wants them."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.last = self.layer(x)
        return self.last


encoder = Encoder()
copy.deepcopy(encoder)  # before the first call it copies
encoder(torch.rand(3, 4))
print(computed_tensors(encoder))
# --8<-- [end:attribute]

# --8<-- [start:sometimes]
with torch.no_grad():
    vocoder(torch.rand(1, 1, 8))
print(computed_tensors(vocoder))
vocoder(torch.rand(1, 1, 8))
print(computed_tensors(vocoder))
# --8<-- [end:sometimes]

# --8<-- [start:fix]
from torch.nn.utils import parametrizations, parametrize

modern = nn.Sequential(
    parametrizations.weight_norm(nn.Conv1d(1, 4, 3)), nn.ReLU()
)
modern.load_state_dict(vocoder.state_dict())  # weight_g and weight_v
sound = torch.rand(1, 1, 8)
copied = copy.deepcopy(modern)
difference = (copied(sound) - vocoder(sound)).abs().max().item()
print("largest difference:", difference)
# --8<-- [end:fix]

# --8<-- [start:serve]
parametrize.remove_parametrizations(modern[0], "weight")
print(list(modern.state_dict()))
difference = (modern(sound) - vocoder(sound)).abs().max().item()
print("largest difference:", difference)
# --8<-- [end:serve]

# --8<-- [start:detach]
encoder.last = encoder.last.detach()
print(computed_tensors(encoder), type(copy.deepcopy(encoder)).__name__)
# --8<-- [end:detach]
