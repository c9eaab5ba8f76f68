"""A classifier of handwritten digits that is small enough for a browser."""

import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn


class Digits(nn.Module):
    """Pictures (batch, 8, 8), 0 paper to 16 ink → logits (batch, 10)."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(512, 10),
        )

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return self.layers(image[:, None] / 16)


def load() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Pictures and digits to train with, pictures and digits held out."""
    data = load_digits()
    parts = train_test_split(
        torch.tensor(data.images, dtype=torch.float32),
        torch.tensor(data.target),
        test_size=450,
        random_state=0,
        stratify=data.target,
    )
    images, held_out, digits, answers = parts
    return images, digits, held_out, answers


def train(images: torch.Tensor, digits: torch.Tensor) -> Digits:
    """Train a model; the same on every run on one machine."""
    torch.manual_seed(0)
    model = Digits()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    epochs = 12
    steps = epochs * -(-len(images) // 64)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-2, steps)
    for _ in range(epochs):
        for rows in torch.randperm(len(images)).split(64):
            loss = nn.functional.cross_entropy(
                model(images[rows]), digits[rows], label_smoothing=0.05
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return model.eval().requires_grad_(False)


def export(model: Digits, path: str) -> None:
    """Write the model as ONNX for any batch, without traces of this machine."""
    program = torch.onnx.export(
        model,
        (torch.zeros(2, 8, 8),),
        dynamo=True,
        input_names=["image"],
        output_names=["logits"],
        dynamic_shapes={"image": {0: torch.export.Dim("batch")}},
        verbose=False,
    )
    program.model.metadata_props.clear()
    program.model.graph.metadata_props.clear()
    for node in program.model.graph:
        node.metadata_props.clear()
    program.save(path, external_data=False)
