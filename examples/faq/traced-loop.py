# --8<-- [start:trace]
import torch
from torch import nn


class Decay(nn.Module):
    """Halves a value as many times as `steps` says."""

    def forward(
        self, value: torch.Tensor, steps: torch.Tensor
    ) -> torch.Tensor:
        for _ in range(int(steps)):
            value = value / 2
        return value


model = Decay()
value, two, five = torch.tensor(32.0), torch.tensor(2), torch.tensor(5)
traced = torch.jit.trace(model, (value, two))
print("model: ", model(value, five).item())
print("traced:", traced(value, five).item())
# --8<-- [end:trace]
# --8<-- [start:code]
print(traced.code)
# --8<-- [end:code]
# --8<-- [start:power]
class DecayPower(nn.Module):
    """The loop as one expression."""

    def forward(
        self, value: torch.Tensor, steps: torch.Tensor
    ) -> torch.Tensor:
        return value / 2**steps


program = torch.export.export(DecayPower(), (value, two)).module()
print("exported:", program(value, five).item())
# --8<-- [end:power]
# --8<-- [start:bounded]
class DecayBounded(nn.Module):
    """At most 8 rounds; those after `steps` change nothing."""

    def forward(
        self, value: torch.Tensor, steps: torch.Tensor
    ) -> torch.Tensor:
        for step in range(8):
            value = torch.where(steps > step, value / 2, value)
        return value


program = torch.export.export(DecayBounded(), (value, two)).module()
print("exported:", program(value, five).item())
# --8<-- [end:bounded]
