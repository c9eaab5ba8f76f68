"""ONNX Runtime: fp32, int8 as its documentation recommends, and its other quantizers."""

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
    import models
    import torch
    from runtimes import pytorch, smaller

    model = models.load(Path(task.folder), task.model)
    if task.variant == "both":
        model = smaller.made("pruned", model, task.model)
    if task.variant == "onnxruntime-int4" and task.model == "mlp":
        model = rows_of(model)
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
    if task.variant == "onnxruntime-int4":
        import onnx
        from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

        quantizer = MatMulNBitsQuantizer(onnx.load(plain), bits=4, block_size=32, is_symmetric=True)
        quantizer.process()
        quantizer.model.save_model_to_file(str(target))
        return
    # The documentation: static for convolutions, dynamic for Transformers and RNNs.
    if task.model != "efficientnet" and task.variant != "onnxruntime-static":
        quantize_dynamic(plain, target)
        return
    shape_inference.quant_pre_process(plain, ready)
    quantize_static(ready, target, Calibration(task), per_channel=True)


def rows_of(model: Any) -> Any:
    """The model with an axis more inside: the quantizer knows MatMul,
    and a Linear layer of two axes becomes Gemm.
    """
    from torch import nn

    class Rows(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = model

        def forward(self, x: Any) -> Any:
            return self.layers(x.unsqueeze(0)).squeeze(0)

    return Rows().eval()


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
