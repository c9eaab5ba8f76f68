"""Train FashionNet.

python train.py --save fashion                      on the excerpt
FASHION_MNIST=folder python train.py --epochs 8     on all images
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional as F

from calibration import ece, fit_temperature
from fashion import folder, load
from network import FashionNet

WEIGHTS, BATCH = Path("fashion.safetensors"), 64


def train(
    images: np.ndarray, labels: np.ndarray, epochs: int, seed: int = 0
) -> tuple[FashionNet, list[float]]:
    """A trained network, and the mean loss of each epoch.

    Half of the images are mirrored.
    """
    torch.manual_seed(seed)
    network = FashionNet()
    x, y = torch.from_numpy(images), torch.from_numpy(labels)
    steps = -(-len(x) // BATCH)
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=5e-3, total_steps=steps * epochs
    )
    losses = []
    for _ in range(epochs):
        total = 0.0
        for rows in torch.randperm(len(x)).split(BATCH):
            batch = x[rows]
            mirrored = torch.rand(len(rows), 1, 1) < 0.5
            batch = torch.where(mirrored, batch.flip(2), batch)
            loss = F.cross_entropy(network(batch), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(rows)
        losses.append(total / len(x))
        print(f"loss {losses[-1]:.3f}", file=sys.stderr)
    return network.eval(), losses


def logits(network: torch.nn.Module, images: np.ndarray) -> np.ndarray:
    """The network's answers [n, 10], computed 500 images at a time."""
    with torch.inference_mode():
        parts = torch.from_numpy(images).split(500)
        return torch.cat([network(part) for part in parts]).numpy()


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def load_network(path: Path = WEIGHTS) -> tuple[FashionNet, float]:
    """The committed network and its temperature.

    Raises:
        ValueError: these are not the weights of which the figures speak.
    """
    figures = json.loads(path.with_suffix(".json").read_text())
    if digest(path) != figures["sha256"]:
        raise ValueError(f"{path} is not the file that was trained")
    network = FashionNet()
    network.load_state_dict(load_file(path))
    return network.eval(), figures["temperature"]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--save", help="name of the files to write")
    asked = parser.parse_args()
    images, labels = load(folder(), "train")
    fit = len(images) * 11 // 12  # the rest sets the temperature
    network, losses = train(images[:fit], labels[:fit], asked.epochs)
    temperature = fit_temperature(logits(network, images[fit:]), labels[fit:])
    test, truth = load(folder(), "test")
    answers = logits(network, test)
    figures = {
        "command": " ".join(["python", *sys.argv]),
        "seed": 0,
        "torch": torch.__version__.partition("+")[0],
        "train": fit,
        "temperature": round(temperature, 3),
        "test": len(test),
        "top_1": round(float(np.mean(answers.argmax(1) == truth)), 4),
        "ece": round(ece(answers, truth), 4),
        "ece_calibrated": round(ece(answers / temperature, truth), 4),
    }
    if asked.save:
        path = Path(asked.save).with_suffix(".safetensors")
        save_file(network.state_dict(), path)
        figures["sha256"] = digest(path)
        text = json.dumps(figures, indent=2) + "\n"
        path.with_suffix(".json").write_text(text)
    print(figures)
