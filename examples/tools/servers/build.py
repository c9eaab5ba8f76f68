"""Train a classifier of handwritten digits and export it."""

import json
from pathlib import Path

import torch
from sklearn.datasets import load_digits
from torch import nn

LARGEST = 32  # rows in one call


def main() -> None:
    """Write digits.pt2: pixels (batch, 64), 0 to 16 → logits (batch, 10).

    A held-out picture of a 7 goes into seven.json, to ask servers with.
    """
    torch.manual_seed(0)
    torch.set_num_threads(1)
    data = load_digits()
    pixels = torch.tensor(data.data, dtype=torch.float32)
    digits = torch.tensor(data.target)
    train, held_out = slice(0, 1400), slice(1400, None)
    model = nn.Sequential(
        nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 10)
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(60):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(pixels[train]), digits[train])
        loss.backward()
        optimizer.step()
    batch = torch.export.Dim("batch", min=1, max=LARGEST)
    program = torch.export.export(
        model.eval(), (pixels[:LARGEST],), dynamic_shapes=({0: batch},)
    )
    torch.export.save(program, "digits.pt2")
    Path("seven.json").write_text(json.dumps(data.data[1422].tolist()))
    served = torch.export.load("digits.pt2").module()
    right = served(pixels[held_out][:LARGEST]).argmax(1)
    right = (right == digits[held_out][:LARGEST]).sum().item()
    print(f"digits.pt2: {right} of {LARGEST} held-out digits")


if __name__ == "__main__":
    main()
