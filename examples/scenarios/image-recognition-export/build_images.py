"""Export, quantize, and refuse what is not as good."""

import io
import json
from pathlib import Path

import numpy as np
import torch
from onnxruntime.quantization import CalibrationDataReader, QuantFormat
from onnxruntime.quantization import QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from PIL import Image
from torch import nn

from calibration import ece
from fashion import folder, load
from photos import photograph
from pipeline import Calibrated, Prepare, Recognizer, classify, session
from train import load_network

MAX_BATCH = 64
LIMITS = {"off": 1e-4, "top_1_loss": 0.01, "flips": 0.02, "ece_rise": 0.02}


class Rejected(Exception):
    """What was made is not as good as what it was made of."""


class Calibration(CalibrationDataReader):
    """Gives ONNX Runtime images to measure ranges with, 50 at a time."""

    def __init__(self, images: np.ndarray) -> None:
        self.batches = iter(np.array_split(images, len(images) // 50))

    def get_next(self) -> dict[str, np.ndarray] | None:
        batch = next(self.batches, None)
        return None if batch is None else {"images": batch}


def export(model: Calibrated, out: Path) -> None:
    """Write prepare.onnx, for all sizes, and fp32.onnx, for all batches."""
    height = torch.export.Dim("height", min=28, max=8192)
    width = torch.export.Dim("width", min=28, max=8192)
    batch = torch.export.Dim("batch", min=1, max=MAX_BATCH)
    programs: list[tuple[str, nn.Module, str, torch.Size, dict]] = [
        ("prepare", Prepare(), "photo", (112, 100, 3), {0: height, 1: width}),
        ("fp32", model, "images", (2, 28, 28), {0: batch}),
    ]
    for name, module, given, shape, dynamic in programs:
        torch.onnx.export(
            module.eval(),
            (torch.zeros(shape, dtype=torch.uint8),),
            out / f"{name}.onnx",
            input_names=[given],
            dynamic_shapes=(dynamic,),
            external_data=False,
            verbose=False,
        )


def quantize(out: Path, images: np.ndarray) -> None:
    """Write int8.onnx, with ranges as these images need them."""
    quant_pre_process(out / "fp32.onnx", out / "inferred.onnx")
    quantize_static(
        out / "inferred.onnx",
        out / "int8.onnx",
        Calibration(images),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        reduce_range=True,  # 7 bits: sums of 8 saturate without VNNI
    )
    (out / "inferred.onnx").unlink()


def gate(out: Path, model: Calibrated) -> dict[str, float]:
    """Compare on held-out images, and say by how much they differ.

    Raises:
        Rejected: beyond `LIMITS`, of which each is asked for.
    """
    images, labels = load(folder(), "test")
    with torch.inference_mode():
        parts = torch.from_numpy(images).split(500)
        eager = torch.cat([model(part) for part in parts]).numpy()
    fp32 = classify(session(out / "fp32.onnx"), images)
    int8 = classify(session(out / "int8.onnx"), images)
    before, after = fp32.argmax(1), int8.argmax(1)
    top_1 = [float(np.mean(own == labels)) for own in (before, after)]
    report = {
        "off": float(np.abs(fp32 - eager).max()),
        "top_1": top_1[0],
        "top_1_loss": top_1[0] - top_1[1],
        "flips": float(np.mean(before != after)),
        "ece_rise": ece(log(int8), labels) - ece(log(fp32), labels),
    }
    for name, limit in LIMITS.items():
        if not report[name] <= limit:  # NaN is rejected as well
            raise Rejected(f"{name}: {report[name]:.2g}, allowed is {limit}")
    return report


def log(probabilities: np.ndarray) -> np.ndarray:
    """Logits that have these probabilities."""
    return np.log(np.maximum(probabilities, 1e-12))


def build(out: Path, calibration: np.ndarray) -> dict[str, float]:
    """A folder with programs that passed, and a golden question."""
    out.mkdir(parents=True, exist_ok=True)
    model = Calibrated(*load_network()).eval()
    export(model, out)
    quantize(out, calibration)
    report = gate(out, model)
    images, _ = load(folder(), "test")
    photo = photograph(images[0], noise=40)
    encoded = io.BytesIO()
    Image.fromarray(photo).save(encoded, "PNG")
    (out / "golden.png").write_bytes(encoded.getvalue())
    with torch.inference_mode():
        answer = model(Prepare()(torch.from_numpy(photo))[None])[0]
    report["golden_off"] = golden(out, answer.numpy())
    (out / "golden.json").write_text(json.dumps(answer.tolist()))
    (out / "report.json").write_text(json.dumps(report, indent=2))
    return report


def golden(out: Path, answer: np.ndarray) -> float:
    """How far the bytes' answer is off; `Rejected` beyond 0.05."""
    found = Recognizer(out)((out / "golden.png").read_bytes())
    off = float(np.abs(found - answer).max())
    if not off <= 0.05:
        raise Rejected(f"the golden answer is {off:.2f} off")
    return off
