"""ExecuTorch with XNNPACK, in fp32 and int8."""

from __future__ import annotations

from pathlib import Path
from typing import Any

PACKAGES = {"run": ["torch", "executorch"], "build": ["torch", "executorch"]}


def imports(task: Any) -> None:
    import executorch.runtime  # noqa: F401
    import torch

    torch.set_num_threads(task.threads)


def files(task: Any) -> list[str]:
    return ["model.pte"]


def build(task: Any) -> None:
    import torch
    from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
    from executorch.exir import to_edge_transform_and_lower

    from adapters import models, pytorch

    model = models.load(Path(task.folder), task.model)
    calibration = pytorch.inputs(task)
    program = pytorch.exported(model, task, calibration)
    if task.variant == "executorch-int8":
        from executorch.backends.xnnpack.quantizer.xnnpack_quantizer import (
            XNNPACKQuantizer,
            get_symmetric_quantization_config,
        )
        from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e

        quantizer = XNNPACKQuantizer().set_global(
            get_symmetric_quantization_config(is_per_channel=True)
        )
        prepared = prepare_pt2e(program.module(), quantizer)
        with torch.no_grad():
            for part in calibration.split(32):
                prepared(part)
        program = pytorch.exported(convert_pt2e(prepared), task, calibration)
    lowered = to_edge_transform_and_lower(program, partitioner=[XnnpackPartitioner()])
    task.path("model.pte").write_bytes(lowered.to_executorch().buffer)


def load(task: Any) -> Any:
    import torch
    from executorch.extension.pybindings.portable_lib import _unsafe_reset_threadpool
    from executorch.runtime import Runtime

    _unsafe_reset_threadpool(task.threads)
    program = Runtime.get().load_program(task.path("model.pte"))
    method = program.load_method("forward")
    assert method is not None
    return lambda rows: method.execute((torch.from_numpy(rows),))[0].clone().numpy()
