"""An operator of our own: round half up, as prices are rounded."""

import torch


@torch.library.custom_op("shop::half_up", mutates_args=())
def half_up(prices: torch.Tensor) -> torch.Tensor:
    return torch.floor(prices + 0.5)


@half_up.register_fake
def _(prices: torch.Tensor) -> torch.Tensor:
    return torch.empty_like(prices)
