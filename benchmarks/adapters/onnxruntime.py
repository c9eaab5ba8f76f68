"""ONNX Runtime: fp32, and int8 as its documentation recommends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

PACKAGES = {"run": ["onnxruntime"], "build": ["torch", "onnx", "onnxscript", "onnxruntime"]}


def imports(task: Any) -> None:
    import onnxruntime  # noqa: F401


def files(task: Any) -> list[str]:
    return ["model.onnx"]


def export(task: Any, target: Path) -> None:
    """Write the model for 1 to 64 rows, weights inside."""
    import torch

    from adapters import models, pytorch

    model = models.load(Path(task.folder), task.model)
    program = pytorch.exported(model, task, pytorch.inputs(task))
    torch.onnx.export(
        program,
        (),
        target,
        input_names=["x"],
        output_names=["logits"],
        external_data=False,
        verbose=False,
    )


def build(task: Any) -> None:
    target = task.path("model.onnx")
    if task.variant == "onnxruntime":
        export(task, target)
        return
    from onnxruntime.quantization import quantize_dynamic, quantize_static, shape_inference

    plain, ready = task.path("plain.onnx"), task.path("ready.onnx")
    export(task, plain)
    # The documentation: static for convolutions, dynamic for Transformers and RNNs.
    if task.model != "efficientnet":
        quantize_dynamic(plain, target)
        return
    shape_inference.quant_pre_process(plain, ready)
    quantize_static(ready, target, Calibration(task), per_channel=True)


class Calibration:
    """The calibration inputs, eight rows a time."""

    def __init__(self, task: Any) -> None:
        import numpy

        rows = numpy.load(task.given("-calibration.npy"))
        self.parts = iter([rows[at : at + 8] for at in range(0, len(rows), 8)])

    def get_next(self) -> Any:
        part = next(self.parts, None)
        return None if part is None else {"x": part}


def load(task: Any) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = task.threads
    session = onnxruntime.InferenceSession(
        task.path("model.onnx"), options, providers=["CPUExecutionProvider"]
    )
    return lambda rows: session.run(None, {"x": rows})[0]
