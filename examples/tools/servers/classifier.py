"""The model, the same for every server."""

import torch

Pixels = list[float]  # 64 values, 0 paper to 16 ink


class Classifier:
    """Rows of pixels in, digits out."""

    def __init__(self, path: str = "digits.pt2") -> None:
        torch.set_num_threads(1)  # the model is too small to share
        self.program = torch.export.load(path).module()
        self([[0.0] * 64] * 32)  # warm

    def __call__(self, rows: list[Pixels]) -> list[int]:
        with torch.inference_mode():
            logits = self.program(torch.tensor(rows, dtype=torch.float32))
        return logits.argmax(1).tolist()
