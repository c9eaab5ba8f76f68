"""Train the classifier of digits, and write it as an exported program."""

import torch
from torch.export import Dim

from digits import load, train


def main(path: str = "digits.pt2", largest: int = 8) -> None:
    """Write `path`, and refuse to if it answers otherwise than the model."""
    torch.set_num_threads(1)  # this model is too small to share
    images, digits, held_out, answers = load()
    model = train(images, digits)
    batch = Dim("batch", min=1, max=largest)
    program = torch.export.export(
        model, (held_out[:largest],), dynamic_shapes=({0: batch},)
    )
    torch.export.save(program, path)
    served = torch.export.load(path).module()
    for rows in (1, 2, largest):
        expected = model(held_out[:rows])
        torch.testing.assert_close(served(held_out[:rows]), expected)
    right = (model(held_out).argmax(1) == answers).float().mean().item()
    print(f"{path}: batch 1 to {largest}, {right:.2f} of the held-out digits")


if __name__ == "__main__":
    main()
