"""Only tuples, lists and Variables are supported as JIT inputs/outputs"""
# --8<-- [start:model]
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass
class Detections:
    boxes: Tensor
    scores: Tensor


class Detector(nn.Module):
    def forward(self, image: Tensor) -> Detections:
        return Detections(image.sum((1, 2)), image.amax((1, 2)))


detector, image = Detector().eval(), torch.rand(3, 4, 4)
# --8<-- [end:model]

try:
    # --8<-- [start:fails]
    torch.onnx.export(detector, (image,), "model.onnx", dynamo=False)
    # --8<-- [end:fails]
except RuntimeError as error:
    print(error)

try:
    # --8<-- [start:trace]
    torch.jit.trace(detector, image)
    # --8<-- [end:trace]
except RuntimeError as error:
    print(error)

# --8<-- [start:fix]
class Flat(nn.Module):
    """The same model with a tuple of tensors at its edge."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        found = self.model(image)
        return found.boxes, found.scores


program = torch.export.export(Flat(detector), (image,))
boxes, scores = program.module()(image)
print(tuple(boxes.shape), tuple(scores.shape))
# --8<-- [end:fix]

# --8<-- [start:none]
class WithNone(Flat):
    """None and numbers may stay: they are constants of the program."""

    def forward(self, image: Tensor) -> tuple[Tensor, None, int]:
        return self.model(image).scores, None, 3


program = torch.export.export(WithNone(detector), (image,))
print([type(x).__name__ for x in program.module()(image)])
# --8<-- [end:none]
