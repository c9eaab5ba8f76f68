# --8<-- [start:model]
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(
    nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 10)
).eval()
rows = torch.rand(64, 64)
batch = torch.export.Dim("batch", min=1, max=64)
program = torch.export.export(model, (rows,), dynamic_shapes=({0: batch},))
# --8<-- [end:model]


# --8<-- [start:runtimes]
from collections.abc import Callable

import onnxruntime
import openvino

Run = Callable[[torch.Tensor], torch.Tensor]


def through_onnxruntime(program: torch.export.ExportedProgram) -> Run:
    """Export to one ONNX file and open it."""
    torch.onnx.export(program, (), "model.onnx", input_names=["x"],
                      external_data=False, verbose=False)
    session = onnxruntime.InferenceSession("model.onnx")
    return lambda x: torch.from_numpy(session.run(None, {"x": x.numpy()})[0])


def through_openvino(
    program: torch.export.ExportedProgram, **settings: str
) -> Run:
    """Convert in memory and compile for this CPU."""
    converted = openvino.convert_model(program)
    compiled = openvino.Core().compile_model(converted, "CPU", settings)
    return lambda x: torch.from_numpy(compiled(x.numpy())[0].copy())


runtimes: dict[str, Run] = {
    "eager": model,
    "ExportedProgram": program.module(),
    "ONNX Runtime": through_onnxruntime(program),
    "OpenVINO": through_openvino(program, INFERENCE_PRECISION_HINT="f32"),
}
# --8<-- [end:runtimes]


# --8<-- [start:agree]
with torch.inference_mode():
    for name, run in runtimes.items():
        for size in (1, 64):
            same = torch.allclose(run(rows[:size]), model(rows[:size]),
                                  atol=1e-5)
            print(f"{name:16} {size:2} rows, as eager: {same}")
# --8<-- [end:agree]


# --8<-- [start:race]
import statistics
import time


def race(
    runtimes: dict[str, Run], x: torch.Tensor, rounds: int = 20
) -> dict[str, float]:
    """How many times as fast as the first one each is, median of rounds."""
    ratios: dict[str, list[float]] = {name: [] for name in runtimes}
    for _ in range(rounds):
        seconds: dict[str, float] = {}
        for name, run in runtimes.items():
            run(x)  # its weights come into the cache
            start = time.perf_counter()
            run(x)
            seconds[name] = time.perf_counter() - start
        base = next(iter(seconds.values()))
        for name, own in seconds.items():
            ratios[name].append(base / own)
    return {name: statistics.median(own) for name, own in ratios.items()}


with torch.inference_mode():
    result = race(runtimes, rows)
print("measured:", *result, sep="\n  ")
print("eager against itself:", result["eager"])
# --8<-- [end:race]
