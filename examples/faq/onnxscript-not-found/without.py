import sys
from importlib.abc import MetaPathFinder

import torch
from torch import nn


class Hide(MetaPathFinder):
    """Make onnxscript look as if it were not installed."""

    def find_spec(self, name: str, path=None, target=None) -> None:
        if name == "onnxscript":
            raise ModuleNotFoundError(f"No module named {name!r}")


sys.meta_path.insert(0, Hide())
torch.onnx.export(nn.Linear(4, 3), (torch.zeros(2, 4),), "model.onnx")
