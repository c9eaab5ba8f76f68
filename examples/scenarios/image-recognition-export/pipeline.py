"""What is exported: preprocessing and network, each as a program."""

import io
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F


class Prepare(nn.Module):
    """From a photograph, uint8 [height, width, 3], to uint8 [28, 28]."""

    def __init__(self) -> None:
        super().__init__()
        luma = torch.tensor([0.299, 0.587, 0.114])  # ITU-R BT.601
        self.register_buffer("luma", luma)

    def forward(self, photo: Tensor) -> Tensor:
        gray = (photo.float() @ self.luma)[None, None]
        small = F.interpolate(
            gray, size=(28, 28), mode="bicubic", antialias=True
        )
        return small[0, 0].round().clamp(0, 255).to(torch.uint8)


class Calibrated(nn.Module):
    """From uint8 [batch, 28, 28] to probabilities [batch, 10]."""

    def __init__(self, network: nn.Module, temperature: float) -> None:
        super().__init__()
        self.network, self.temperature = network, temperature

    def forward(self, images: Tensor) -> Tensor:
        return (self.network(images) / self.temperature).softmax(dim=1)


def session(path: Path) -> onnxruntime.InferenceSession:
    """A program on the CPU, with one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(
        path, options, providers=["CPUExecutionProvider"]
    )


def classify(
    program: onnxruntime.InferenceSession, images: np.ndarray, batch: int = 50
) -> np.ndarray:
    """Probabilities [n, 10] of uint8 images [n, 28, 28]."""
    parts = range(0, len(images), batch)
    return np.concatenate([
        program.run(None, {"images": images[n : n + batch]})[0] for n in parts
    ])  # fmt: skip


class Recognizer:
    """From the bytes of a file to probabilities: all that a server needs."""

    def __init__(self, folder: Path, name: str = "int8.onnx") -> None:
        self.prepare = session(folder / "prepare.onnx")
        self.network = session(folder / name)

    def __call__(self, data: bytes) -> np.ndarray:
        with Image.open(io.BytesIO(data), formats=["PNG", "JPEG"]) as image:
            photo = np.array(image.convert("RGB"))
        [small] = self.prepare.run(None, {"photo": photo})
        return classify(self.network, small[None])[0]
