"""The guard matrix: what each runtime does with an input it was not made for.

    python benchmarks/guard_matrix.py            # prints the table
    python benchmarks/guard_matrix.py --write    # and writes benchmarks/results

One small convolution is exported once, for 1 to 64 float32 images of
3 x 8 x 8 in the default memory layout, and turned into the artefact of each
runtime.  Every runtime then gets the same eleven inputs.  Each runtime has a
process of its own: what an artefact without checks does may end the process,
and then the remaining inputs go to a new one.

Inputs that are smaller than the artefact believes lie at the start of a
larger buffer with known content (``NEIGHBOUR``), as a request's tensor does
in a server's staging buffer.  Reads past their end are therefore defined,
and repeatable.
"""

from __future__ import annotations

import argparse
import datetime
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent / "results"
LARGEST = 64
EXAMPLE = 4
NEIGHBOUR = 7.0  # what stands in memory behind a tensor that is too small
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
        buffer = torch.full((16 * size,), NEIGHBOUR).to(values.dtype)
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


def build(folder: Path) -> None:
    """Write the artefacts of all runtimes into ``folder``."""
    import torch
    from torch.export import Dim, export, save

    model = make_model()
    shapes = {"image": {0: Dim("batch", min=1, max=LARGEST)}}
    small = (torch.rand(EXAMPLE, 3, 8, 8),)
    program = export(model, small, dynamic_shapes=shapes)
    save(program, folder / "stem.pt2")

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
    """A function from tensor to tensor that runs the artefact."""
    import torch

    if runtime == "eager":
        return make_model()
    if runtime == "exported":
        return torch.export.load(folder / "stem.pt2").module()
    if runtime.startswith("aoti"):
        name = "aoti-relaxed" if runtime == "aoti-relaxed" else "aoti"
        return torch._inductor.aoti_load_package(str(folder / f"{name}.pt2"))
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
    """Call the artefact once and judge what it did."""
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
    error = (answer.double() - expected.double()).abs().max().item()
    outcome = "right" if error <= TOLERANCE else "wrong"
    return Cell(runtime, case, outcome, error)


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
            [sys.executable, __file__, "--worker", runtime, "--folder", str(folder), *left],
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


def measure(folder: Path) -> list[Cell]:
    """Build the artefacts and run every cell."""
    subprocess.run(
        [sys.executable, __file__, "--build", "--folder", str(folder)],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return [cell for runtime in RUNTIMES for cell in merge(runtime, folder)]


def merge(runtime: str, folder: Path) -> Iterator[Cell]:
    """All cells of a runtime, each measured in several processes; `varies` where these disagree."""
    rounds = [list(run_runtime(runtime, folder)) for _ in range(ROUNDS)]
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
    lines = [
        "| Input | " + " | ".join(RUNTIMES[r][0] for r in RUNTIMES) + " |",
        "|---" * (len(RUNTIMES) + 1) + "|",
    ]
    for case, (name, _) in CASES.items():
        texts = [cell_text(by_key[r, case], numbers) for r in RUNTIMES]
        lines.append(f"| {name} | " + " | ".join(texts) + " |")
    return "\n".join(lines) + "\n"


def message_table(cells: list[Cell]) -> str:
    """The numbered messages as a Markdown table."""
    lines = ["| | Message |", "|---|---|"]
    for message, number in collect_messages(cells).items():
        text = message.replace("|", "\\|").replace("`", "'")
        lines.append(f"| [{number}] | `{text}` |")
    return "\n".join(lines) + "\n"


def environment() -> dict[str, str]:
    """What the table depends on."""
    packages = sorted({p for _, ps in RUNTIMES.values() for p in ps.split()})
    versions = {name: importlib.metadata.version(name) for name in packages}
    return {
        "date": datetime.date.today().isoformat(),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "system": platform.system(),
        **versions,
    }


def caption(about: dict[str, str]) -> str:
    """One sentence under the table: with what and when it was made."""
    packages = ", ".join(
        f"{name} {version}"
        for name, version in about.items()
        if name not in ("date", "python", "machine", "system")
    )
    return (
        f"Measured on {about['date']}: {about['system']} {about['machine']}, "
        f"Python {about['python']}, {packages}.\n"
    )


def write(cells: list[Cell], folder: Path = RESULTS) -> None:
    """Write the JSON and the two tables that the page includes."""
    folder.mkdir(parents=True, exist_ok=True)
    about = environment()
    document = {"environment": about, "cells": [asdict(c) for c in cells]}
    files = {
        "guard-matrix.json": json.dumps(document, indent=1) + "\n",
        "guard-matrix.md": table(cells) + "\n" + caption(about),
        "guard-matrix-messages.md": message_table(cells),
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--build", action="store_true")
    parser.add_argument("--worker", metavar="RUNTIME", choices=RUNTIMES)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("cases", nargs="*")
    options = parser.parse_args()
    if options.build:
        build(options.folder)
        return
    if options.worker:
        worker(options.worker, options.folder, options.cases)
        return
    with tempfile.TemporaryDirectory() as name:
        cells = measure(options.folder or Path(name))
    print(table(cells))
    print(message_table(cells))
    if options.write:
        write(cells)


if __name__ == "__main__":
    main()
