"""PyTorch's own ways to run a model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

PACKAGES = {"run": ["torch"], "build": ["torch"]}
FILES = {
    "eager": "weights.pt",
    "eager-tuned": "weights.pt",
    "compile": "weights.pt",
    "exported": "model.pt2",
    "aoti": "compiled.pt2",
    "torchao": "weights.pt",
    "pt2e": "model.pt2",
    "aoti-int8": "compiled.pt2",
}


EAGER = ("eager", "eager-tuned")


def imports(task: Any) -> None:
    import torch

    torch.set_num_threads(task.threads)
    if task.variant not in (*EAGER, "exported"):
        import torch._inductor.config

        torch._inductor.config.compile_threads = 1  # no pool of compilers beside
    if task.variant == "torchao":
        import torchao.quantization
    if task.variant == "pt2e":
        import torchao.quantization.pt2e.quantizer.x86_inductor_quantizer  # noqa: F401


def files(task: Any) -> list[str]:
    return [FILES[task.variant]]


def exported(model: Any, task: Any, calibration: Any) -> Any:
    """The program for 1 to 64 rows."""
    import torch

    from adapters import models

    batch = torch.export.Dim("batch", min=1, max=models.LARGEST)
    with torch.no_grad():
        return torch.export.export(
            model, (calibration[: models.LARGEST],), dynamic_shapes=({0: batch},)
        )


def inputs(task: Any, name: str = "-calibration.npy") -> Any:
    import numpy
    import torch

    return torch.from_numpy(numpy.load(task.given(name)))


def quantized(model: Any, task: Any, calibration: Any) -> Any:
    """int8 by PT2E for x86: ranges of activations from `calibration`."""
    import torch
    from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e
    from torchao.quantization.pt2e.quantizer.x86_inductor_quantizer import (
        X86InductorQuantizer,
        get_default_x86_inductor_quantization_config,
    )

    quantizer = X86InductorQuantizer()
    quantizer.set_global(get_default_x86_inductor_quantization_config())
    prepared = prepare_pt2e(exported(model, task, calibration).module(), quantizer)
    with torch.no_grad():
        for part in calibration.split(32):
            prepared(part)
    return exported(convert_pt2e(prepared), task, calibration)


def build(task: Any) -> None:
    import torch

    from adapters import models

    imports(task)
    model = models.load(Path(task.folder), task.model)
    target = task.path(FILES[task.variant])
    calibration = inputs(task)
    match task.variant:
        case "eager" | "eager-tuned" | "compile":
            torch.save(model.state_dict(), target)
        case "torchao":
            from torchao.quantization import Int8DynamicActivationInt8WeightConfig, quantize_

            quantize_(model, Int8DynamicActivationInt8WeightConfig())
            torch.save(model.state_dict(), target)
        case "exported":
            torch.export.save(exported(model, task, calibration), target)
        case "pt2e":
            torch.export.save(quantized(model, task, calibration), target)
        case "aoti" | "aoti-int8":
            whole = quantized if task.variant == "aoti-int8" else exported
            with torch.no_grad():
                torch._inductor.aoti_compile_and_package(
                    whole(model, task, calibration),
                    package_path=str(target),
                    inductor_configs={"freezing": task.variant == "aoti-int8"},
                )
    if task.variant in ("compile", "torchao", "pt2e"):
        # Fill the compiler's cache, with the shapes that are asked for later.
        run = load(task)
        rows = calibration.numpy()
        run(rows[:1])
        run(rows[: models.LARGEST])


def load(task: Any) -> Any:
    import torch

    path = task.path(FILES[task.variant])
    match task.variant:
        case "exported":
            run = torch.export.load(path).module()
        case "aoti" | "aoti-int8":
            run = torch._inductor.aoti_load_package(str(path))
        case "pt2e":
            return by_shape(torch.export.load(path).module())
        case _:
            from adapters import models

            model = models.build(task.model).eval()
            if task.variant == "torchao":
                import torchao  # noqa: F401  (its tensors may be unpickled)
            model.load_state_dict(torch.load(path, weights_only=True), assign=True)
            if task.variant == "eager-tuned" and task.model == "efficientnet":
                model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
            run = model if task.variant in EAGER else torch.compile(model)

    def call(rows: Any) -> Any:
        with torch.inference_mode():
            return run(torch.from_numpy(rows)).numpy()

    def call_frozen(rows: Any) -> Any:
        # torchao's documentation freezes weights, so that they are packed.
        with torch.no_grad(), torch._inductor.config.patch(freezing=True):
            return run(torch.from_numpy(rows)).numpy()

    return call_frozen if task.variant == "torchao" else call


def by_shape(module: Any) -> Any:
    """One compiled copy a batch size: frozen weights fit one shape only."""
    import copy

    import torch

    copies: dict[int, Any] = {}

    def call(rows: Any) -> Any:
        size = len(rows)
        with torch.no_grad(), torch._inductor.config.patch(freezing=True):
            if size not in copies:
                copies[size] = torch.compile(copy.deepcopy(module), dynamic=False)
            return copies[size](torch.from_numpy(rows)).numpy()

    return call
