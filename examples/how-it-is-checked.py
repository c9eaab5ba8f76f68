# --8<-- [start:weights]
import torch

generator = torch.Generator().manual_seed(0)
weights = torch.randn(4096, generator=generator)
# --8<-- [end:weights]
# --8<-- [start:rounding]


def rounded(weights: torch.Tensor, scale: float) -> torch.Tensor:
    """Round to the three values -scale, 0 and scale."""
    return (weights / scale).round().clamp(-1, 1) * scale


def error(scale: float) -> float:
    """The mean squared error of rounding, as a share of the variance."""
    lost = (weights - rounded(weights, scale)).square().mean()
    return (lost / weights.square().mean()).item()


largest = weights.abs().max().item()
by_largest = error(largest)
by_mse = min(error(largest * share / 100) for share in range(5, 100))
print(f"scale of the largest weight: {by_largest:.2f} of the variance lost")
print(f"scale with the least error:  {by_mse:.2f} of the variance lost")
# --8<-- [end:rounding]
