"""LiteRT (once TensorFlow Lite), in an environment of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

PACKAGES = {"run": ["ai-edge-litert"], "build": ["torch", "litert-torch"]}
PINS = ["litert-torch==0.10.0", "ai-edge-litert==2.3.0"]


def imports(task: Any) -> None:
    import ai_edge_litert.interpreter  # noqa: F401


def files(task: Any) -> list[str]:
    return ["model.tflite"]


def build(task: Any) -> None:
    import litert_torch

    from adapters import models, pytorch

    model = models.load(Path(task.folder), task.model)
    calibration = pytorch.inputs(task)
    many, one = calibration[: models.LARGEST], calibration[:1]
    target = task.path("model.tflite")
    made = litert_torch.signature("many", model, (many,)).signature("one", model, (one,)).convert()
    made.export(str(target))
    if task.variant == "litert-int8":
        from ai_edge_quantizer import quantizer, recipe

        quantize = quantizer.Quantizer(str(target))
        if task.model == "efficientnet":
            quantize.load_quantization_recipe(recipe.static_wi8_ai8())
            parts = {
                "many": [{"args_0": many.numpy()}],
                "one": [{"args_0": row.numpy()} for row in calibration[:8].split(1)],
            }
            result = quantize.quantize(quantize.calibrate(parts))
        else:
            quantize.load_quantization_recipe(recipe.dynamic_wi8_afp32())
            result = quantize.quantize()
        result.export_model(str(target), overwrite=True)


def load(task: Any) -> Any:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(task.path("model.tflite")), num_threads=task.threads)
    runners = {
        1: interpreter.get_signature_runner("one"),
        64: interpreter.get_signature_runner("many"),
    }
    inputs = {size: runner.get_input_details()["args_0"] for size, runner in runners.items()}
    outputs = {size: next(iter(r.get_output_details().values())) for size, r in runners.items()}

    def call(rows: Any) -> Any:
        size = len(rows)
        [answer] = runners[size](args_0=quantized(rows, inputs[size])).values()
        return dequantized(answer, outputs[size])

    return call


def quantized(rows: Any, details: dict[str, Any]) -> Any:
    """Floats as the file takes them: a file that was quantized whole takes int8."""
    import numpy

    if details["dtype"] == numpy.float32:
        return rows
    scale, zero = details["quantization"]
    whole = numpy.rint(rows / numpy.float32(scale)) + zero
    limits = numpy.iinfo(details["dtype"])
    return numpy.clip(whole, limits.min, limits.max).astype(details["dtype"])


def dequantized(answer: Any, details: dict[str, Any]) -> Any:
    """What the file answers, as floats."""
    import numpy

    if details["dtype"] == numpy.float32:
        return answer
    scale, zero = details["quantization"]
    return (answer.astype(numpy.float32) - zero) * numpy.float32(scale)
