import torch
from torch import Tensor, nn


class Handler:
    """What was a BaseHandler, with the same three methods."""

    def __init__(self, model: nn.Module) -> None:
        self.model = model.eval()

    def preprocess(self, rows: list[list[float]]) -> Tensor:
        return torch.tensor(rows, dtype=torch.float32)

    @torch.inference_mode()
    def inference(self, batch: Tensor) -> Tensor:
        return self.model(batch)

    def postprocess(self, logits: Tensor) -> list[dict[str, int]]:
        return [{"label": label} for label in logits.argmax(1).tolist()]

    def handle(self, rows: list[list[float]]) -> list[dict[str, int]]:
        return self.postprocess(self.inference(self.preprocess(rows)))
