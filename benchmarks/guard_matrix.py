"""The guard matrix: what each runtime does with an input it was not made for.

    python benchmarks/guard_matrix.py            # writes benchmarks/results
    python benchmarks/guard_matrix.py --quick    # two runtimes, one process each

One small convolution is exported once, for 1 to 64 float32 images of
3 x 8 x 8 in the default memory layout, and turned into the artifact of each
runtime.  Every runtime then gets the same eleven inputs.  Each runtime has a
process of its own: what an artifact without checks does may end the process,
and then the remaining inputs go to a new one.

Inputs that are smaller than the artifact believes lie at the start of a
larger buffer with known content (``NEIGHBOR``), as a request's tensor does
in a server's staging buffer.  Reads past their end are therefore defined,
and repeatable.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from harness import machine, results
from harness.script import Benchmark, Result

LARGEST = 64
EXAMPLE = 4
NEIGHBOR = 7.0  # what stands in memory behind a tensor that is too small
TOLERANCE = 1e-4  # float32 against float32, outputs of scale 0.5

ROUNDS = 6  # processes that measure each cell: some outcomes depend on what lies in memory

RUNTIMES: dict[str, tuple[str, str]] = {
    # key: (heading of its column, packages whose versions count)
    "eager": ("eager", "torch"),
    "exported": ("Exported&shy;Program", "torch"),
    "aoti": ("AOT&shy;Inductor", "torch"),
    "aoti-checked": ("AOTI checked", "torch"),
    "aoti-relaxed": ("AOTI checked, relaxed", "torch"),
    "onnxruntime": ("ONNX Runtime", "onnxruntime onnx onnxscript"),
    "openvino": ("Open&shy;VINO", "openvino"),
    "executorch": ("Execu&shy;Torch", "executorch"),
    "executorch-max": ("Execu&shy;Torch (64)", "executorch"),
}
PACKAGES = sorted({package for _, packages in RUNTIMES.values() for package in packages.split()})
QUICK = ("eager", "exported")

CASES: dict[str, tuple[str, bool]] = {
    # key: (name in the table, does the declared contract allow it?)
    "batch-1": ("batch of 1", True),
    "batch-largest": ("batch of 64, the largest", True),
    "channels-last": ("channels-last strides", True),
    "sliced": ("a slice with gaps", True),
    "batch-65": ("batch of 65", False),
    "batch-0": ("empty batch", False),
    "one-channel": ("1 channel, not 3", False),
    "taller": ("16 x 8 pixels, not 8 x 8", False),
    "unbatched": ("no batch axis", False),
    "float64": ("float64", False),
    "uint8": ("uint8 pixels", False),
}


@dataclass(frozen=True)
class Cell:
    """One runtime, one input, what came out.

    ``outcome`` is ``right`` (the truth within ``TOLERANCE``), ``wrong`` (an
    answer that is not it; ``error`` is the largest absolute difference),
    ``invented`` (an answer where there is none), ``refused`` (an exception;
    ``message`` is its first lines), ``crashed`` (the process ended) or
    ``varies`` (``message`` names the outcomes of several processes).
    """

    runtime: str
    case: str
    outcome: str
    error: float | None = None
    message: str | None = None


def make_model() -> Any:
    """A convolution, a pooling and a linear layer with seeded weights."""
    import torch
    from torch import nn

    class Stem(nn.Module):
        """Images (N, 3, H, W) to four scores each."""

        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 8, kernel_size=3, padding=1)
            self.head = nn.Linear(8, 4)

        def forward(self, image: torch.Tensor) -> torch.Tensor:
            features = torch.relu(self.conv(image)).mean((2, 3))
            return self.head(features)

    torch.manual_seed(0)
    return Stem().eval()


def make_inputs() -> dict[str, Any]:
    """The eleven inputs by the key of their case."""
    import torch

    generator = torch.Generator().manual_seed(1)

    def images(*shape: int) -> torch.Tensor:
        return torch.rand(*shape, generator=generator)

    def in_buffer(values: torch.Tensor) -> torch.Tensor:
        """The same tensor, at the start of a larger buffer."""
        size = values.numel()
        buffer = torch.full((16 * size,), NEIGHBOR).to(values.dtype)
        buffer[:size] = values.flatten()
        return buffer[:size].view(values.shape)

    batch = images(4, 3, 8, 8)
    return {
        "batch-1": images(1, 3, 8, 8),
        "batch-largest": images(LARGEST, 3, 8, 8),
        "channels-last": batch.to(memory_format=torch.channels_last),
        "sliced": images(4, 3, 8, 16)[..., ::2],
        "batch-65": images(LARGEST + 1, 3, 8, 8),
        "batch-0": in_buffer(images(1, 3, 8, 8))[:0],
        "one-channel": in_buffer(images(4, 1, 8, 8)),
        "taller": images(4, 3, 16, 8),
        "unbatched": in_buffer(images(3, 8, 8)),
        "float64": batch.double(),
        "uint8": in_buffer((batch * 255).to(torch.uint8)),
    }


def build(folder: Path, quick: bool = False) -> None:
    """Write the artifacts of all runtimes into ``folder``, or only those of ``QUICK``."""
    import torch
    from torch.export import Dim, export, save

    model = make_model()
    shapes = {"image": {0: Dim("batch", min=1, max=LARGEST)}}
    small = (torch.rand(EXAMPLE, 3, 8, 8),)
    program = export(model, small, dynamic_shapes=shapes)
    save(program, folder / "stem.pt2")
    if quick:
        return

    compile_package = torch._inductor.aoti_compile_and_package
    compile_package(program, package_path=str(folder / "aoti.pt2"))
    compile_package(
        program,
        package_path=str(folder / "aoti-relaxed.pt2"),
        inductor_configs={"aot_inductor.check_lowerbound": False},
    )

    torch.onnx.export(program, (), folder / "stem.onnx", external_data=False, verbose=False)

    import openvino

    openvino.save_model(
        openvino.convert_model(str(folder / "stem.onnx")),
        folder / "stem.xml",
        compress_to_fp16=False,
    )

    from executorch.backends.xnnpack.partition.xnnpack_partitioner import (
        XnnpackPartitioner,
    )
    from executorch.exir import to_edge_transform_and_lower

    for name, example in (
        ("executorch", small),
        ("executorch-max", (torch.rand(LARGEST, 3, 8, 8),)),
    ):
        lowered = to_edge_transform_and_lower(
            export(model, example, dynamic_shapes=shapes),
            partitioner=[XnnpackPartitioner()],
        ).to_executorch()
        (folder / f"{name}.pte").write_bytes(lowered.buffer)


def load(runtime: str, folder: Path) -> Callable[[Any], Any]:
    """A function from tensor to tensor that runs the artifact."""
    import torch

    module: Callable[[Any], Any]
    if runtime == "eager":
        module = make_model()
        return module
    if runtime == "exported":
        module = torch.export.load(folder / "stem.pt2").module()
        return module
    if runtime.startswith("aoti"):
        name = "aoti-relaxed" if runtime == "aoti-relaxed" else "aoti"
        module = torch._inductor.aoti_load_package(str(folder / f"{name}.pt2"))
        return module
    if runtime == "onnxruntime":
        import onnxruntime

        session = onnxruntime.InferenceSession(
            folder / "stem.onnx", providers=["CPUExecutionProvider"]
        )
        name = session.get_inputs()[0].name
        return lambda image: torch.from_numpy(session.run(None, {name: image.numpy()})[0])
    if runtime == "openvino":
        import openvino

        compiled = openvino.Core().compile_model(
            folder / "stem.xml", "CPU", {"INFERENCE_PRECISION_HINT": "f32"}
        )
        return lambda image: torch.from_numpy(compiled(image.numpy())[0].copy())
    from executorch.runtime import Runtime

    program = Runtime.get().load_program(folder / f"{runtime}.pte")
    method = program.load_method("forward")
    assert method is not None
    return lambda image: method.execute((image,))[0].clone()


def clean(error: BaseException) -> str:
    """Type and the telling lines of a message, without source positions."""
    lines = [line.strip() for line in str(error).splitlines()]
    noise = ("Exception from", "Check '", "Please fix")
    text = " ".join(line for line in lines if line and not line.startswith(noise))
    text = text.partition(" Please fix")[0]
    return f"{type(error).__name__}: {text}"


def truth(case: str, image: Any) -> Any | None:
    """What a float32 model should say; None where there is no answer."""
    if case in ("one-channel", "unbatched"):
        return None
    return make_model()(image.float())


def run_cell(runtime: str, case: str, image: Any, call: Callable[[Any], Any]) -> Cell:
    """Call the artifact once and judge what it did."""
    expected = truth(case, image)
    try:
        answer = call(image)
    except Exception as error:  # what it raises is the result
        return Cell(runtime, case, "refused", message=clean(error))
    if expected is None:
        return Cell(runtime, case, "invented")
    if answer.shape != expected.shape:
        shape = "x".join(map(str, answer.shape))
        return Cell(runtime, case, "wrong", message=f"shape {shape}")
    if answer.numel() == 0:
        return Cell(runtime, case, "right", 0.0)
    apart = (answer.double() - expected.double()).abs().max().item()
    outcome = "right" if apart <= TOLERANCE else "wrong"
    return Cell(runtime, case, outcome, apart)


def worker(runtime: str, folder: Path, cases: list[str]) -> None:
    """Run ``cases`` on one runtime; one JSON line each, as they finish."""
    import torch

    torch.set_num_threads(1)
    inputs = make_inputs()
    with torch.inference_mode():
        call = load(runtime, folder)
        for case in cases:
            cell = run_cell(runtime, case, inputs[case], call)
            print("CELL", json.dumps(asdict(cell)), flush=True)


def run_runtime(runtime: str, folder: Path) -> Iterator[Cell]:
    """All cells of a runtime; a new process after each that died."""
    environment = dict(os.environ)
    environment.pop("AOTI_RUNTIME_CHECK_INPUTS", None)
    if runtime in ("aoti-checked", "aoti-relaxed"):
        environment["AOTI_RUNTIME_CHECK_INPUTS"] = "1"
    left = list(CASES)
    while left:
        done = subprocess.run(
            [sys.executable, __file__, "--worker", runtime, str(folder), *left],
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        cells = [
            Cell(**json.loads(line.removeprefix("CELL ")))
            for line in done.stdout.splitlines()
            if line.startswith("CELL ")
        ]
        yield from cells
        left = left[len(cells) :]
        if left and not cells and done.returncode > 0:
            raise RuntimeError(f"{runtime} did not start:\n{done.stderr}")
        if left:
            died = f"signal {-done.returncode}"
            yield Cell(runtime, left.pop(0), "crashed", message=died)


def measure(
    folder: Path, runtimes: Sequence[str] = tuple(RUNTIMES), rounds: int = ROUNDS
) -> list[Cell]:
    """Build the artifacts and run every cell."""
    command = [sys.executable, __file__, "--build", str(folder)]
    command += ["quick"] * (set(runtimes) <= set(QUICK))
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return [cell for runtime in runtimes for cell in merge(runtime, folder, rounds)]


def merge(runtime: str, folder: Path, count: int) -> Iterator[Cell]:
    """All cells of a runtime, each measured in several processes; `varies` where these disagree."""
    rounds = [list(run_runtime(runtime, folder)) for _ in range(count)]
    for cells in zip(*rounds, strict=True):
        outcomes = {cell.outcome for cell in cells}
        if len(outcomes) > 1:
            yield Cell(runtime, cells[0].case, "varies", message=" or ".join(sorted(outcomes)))
        else:
            yield cells[0]


def collect_messages(cells: list[Cell]) -> dict[str, int]:
    """Each different message of a refusal and its number in the table."""
    numbers: dict[str, int] = {}
    for case in CASES:
        for cell in cells:
            if cell.case == case and cell.outcome == "refused":
                assert cell.message is not None
                numbers.setdefault(cell.message, len(numbers) + 1)
    return numbers


def cell_text(cell: Cell, numbers: dict[str, int]) -> str:
    """The few words that stand in the table."""
    allowed = CASES[cell.case][1]
    if cell.outcome == "right":
        return "right" if allowed else "right, unasked"
    if cell.outcome == "refused":
        assert cell.message is not None
        text = f"refused [{numbers[cell.message]}]"
        return f"**{text}**" if allowed else text
    if cell.outcome == "varies":
        return f"**varies**: {cell.message}"
    if cell.outcome == "wrong":
        if cell.error is None:
            return f"**wrong** ({cell.message})"
        return f"**wrong** by {cell.error:.1g}"
    return f"**{cell.outcome}**"


def table(cells: list[Cell]) -> str:
    """The matrix as a Markdown table."""
    numbers = collect_messages(cells)
    by_key = {(cell.runtime, cell.case): cell for cell in cells}
    runtimes = [runtime for runtime in RUNTIMES if any(c.runtime == runtime for c in cells)]
    rows = [
        (name, *(cell_text(by_key[runtime, case], numbers) for runtime in runtimes))
        for case, (name, _) in CASES.items()
    ]
    heads = ["Input", *(RUNTIMES[runtime][0] for runtime in runtimes)]
    return results.table(heads, rows, "l" * len(heads))


def message_table(cells: list[Cell]) -> str:
    """The numbered messages as a Markdown table."""
    rows = []
    for message, number in collect_messages(cells).items():
        text = message.replace("|", "\\|").replace("`", "'")
        rows.append((f"[{number}]", f"`{text}`"))
    return results.table(["", "Message"], rows, "ll")


def caption(result: Result) -> str:
    """One sentence under the table: with what and when it was made."""
    where, about = machine.facts(result), result["environment"]
    system = about["system"] if " " in about["system"] else f"{about['system']} {where.cpu}"
    packages = ", ".join(f"{name} {where.versions[name]}" for name in PACKAGES)
    return f"Measured on {where.date}: {system}, Python {where.python}, {packages}.\n"


def tables(result: Result) -> dict[str, str]:
    """The two tables that the page includes."""
    cells = [Cell(**cell) for cell in result["cells"]]
    return {
        "guard-matrix": table(cells) + "\n" + caption(result),
        "guard-matrix-messages": message_table(cells),
    }


def run(options: Namespace) -> Result:
    """All cells, or with ``--quick`` those of two runtimes."""
    with tempfile.TemporaryDirectory() as name:
        cells = measure(Path(name), QUICK, 1) if options.quick else measure(Path(name))
    return {"cells": [asdict(cell) for cell in cells]}


BENCHMARK = Benchmark(
    "guard-matrix",
    "benchmarks/guard_matrix.py",
    run,
    tables,
    packages=PACKAGES,
    quiet=False,
)


def main() -> None:
    """The command line, or a process that the benchmark starts."""
    match sys.argv[1:]:
        case ["--build", folder, *quick]:
            build(Path(folder), bool(quick))
        case ["--worker", runtime, folder, *cases]:
            worker(runtime, Path(folder), cases)
        case _:
            BENCHMARK.main(__doc__)


if __name__ == "__main__":
    main()
