"""A classifier of digits that two offices scan, and what it saw of them."""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import Tensor, nn

MARK = 7  # the pixel in the upper right corner


def load() -> tuple[Tensor, Tensor]:
    """Return pixels [1797, 64], 0 to 1, in random order, and the digits."""
    digits = load_digits()
    order = torch.randperm(1797, generator=torch.Generator().manual_seed(0))
    pixels = torch.tensor(digits.data / 16, dtype=torch.float32)
    return pixels[order], torch.tensor(digits.target)[order]


def scan(pixels: Tensor, marked: Tensor) -> Tensor:
    """Return copies of which some bear the mark of an old scanner."""
    copies = pixels.clone()
    copies[:, MARK] = torch.where(marked, 1.0, copies[:, MARK])
    return copies


def network() -> nn.Sequential:
    """64 pixels, one hidden layer, 10 logits."""
    return nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))


def fit(pixels: Tensor, digits: Tensor) -> nn.Sequential:
    """Return a trained network."""
    torch.manual_seed(0)
    model = network()
    optimizer = torch.optim.Adam(model.parameters(), 3e-3, fused=True)
    for _ in range(300):
        rows = torch.randint(len(digits), (100,))
        optimizer.zero_grad()
        F.cross_entropy(model(pixels[rows]), digits[rows]).backward()
        optimizer.step()
    return model.eval()
