"""OpenVINO: at float32, as it chooses by itself, and what NNCF makes of a model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

PACKAGES = {"run": ["openvino"], "build": ["torch", "openvino", "packaging"]}


def imports(task: Any) -> None:
    import openvino  # noqa: F401


def files(task: Any) -> list[str]:
    return ["model.xml", "model.bin"]


def build(task: Any) -> None:
    import openvino

    from adapters import models, pytorch

    model = models.load(Path(task.folder), task.model)
    calibration = pytorch.inputs(task)
    made = openvino.convert_model(pytorch.exported(model, task, calibration))
    if task.variant == "openvino-int8":
        import nncf

        parts = [part.numpy() for part in calibration.split(8)]
        extra = {"model_type": nncf.ModelType.TRANSFORMER} if task.model == "encoder" else {}
        made = nncf.quantize(made, nncf.Dataset(parts), subset_size=len(parts), **extra)
    openvino.save_model(made, task.path("model.xml"), compress_to_fp16=False)


def load(task: Any) -> Any:
    import openvino

    settings: dict[str, Any] = {"INFERENCE_NUM_THREADS": task.threads}
    if task.variant != "openvino":
        settings["INFERENCE_PRECISION_HINT"] = "f32"
    compiled = openvino.Core().compile_model(task.path("model.xml"), "CPU", settings)
    return lambda rows: compiled(rows)[0].copy()
