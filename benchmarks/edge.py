"""Size and latency of the digits model as ExecuTorch runs it, beside eager.

Run it without arguments, on a quiet machine (about a minute):

    python benchmarks/edge.py

It writes results/edge.json and the table of docs/scenarios/edge.md. All
variants are in one process. Each round visits all of them,
one after another, and a variant is compared with eager in the same round, so
that noise falls on all alike.
"""

import json
import platform
import statistics
import sys
import time
import warnings
from datetime import date
from importlib.metadata import version
from pathlib import Path

import torch

HERE = Path(__file__)
EXAMPLES = HERE.parent.parent / "examples/scenarios"
RESULTS = HERE.parent / "results"
ROUNDS, BATCHES = 20, (1, 32)
CALLS = {1: 200, 32: 20}


def main() -> None:
    sys.path[:0] = [str(EXAMPLES / "browser"), str(EXAMPLES / "edge")]
    warnings.simplefilter("ignore")
    from digits import load, train
    from executorch.backends.xnnpack.quantizer.xnnpack_quantizer import (
        XNNPACKQuantizer,
        get_symmetric_quantization_config,
    )
    from executorch.exir import to_edge_transform_and_lower
    from executorch.runtime import Runtime
    from lowering import lower
    from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e

    torch.set_num_threads(1)
    images, digits, held_out, _ = load()
    model = train(images, digits)
    example = held_out[:32]
    shapes = ({0: torch.export.Dim("batch", min=1, max=32)},)
    program = torch.export.export(model, (example,), dynamic_shapes=shapes)
    quantizer = XNNPACKQuantizer().set_global(
        get_symmetric_quantization_config(is_per_channel=True)
    )
    observed = prepare_pt2e(program.module(), quantizer)
    for part in images[:512].split(32):
        observed(part)
    files = {
        "XNNPACK": lower(model, example, 32),
        "XNNPACK, int8": lower(convert_pt2e(observed), example, 32),
        "no backend": to_edge_transform_and_lower(program).to_executorch(),
    }
    # they hold the bytes
    programs = {name: Runtime.get().load_program(made.buffer) for name, made in files.items()}
    methods = {name: program.load_method("forward") for name, program in programs.items()}
    with torch.inference_mode():
        calls = {"eager PyTorch": model} | {
            name: lambda x, m=method: m.execute([x]) for name, method in methods.items()
        }
        times = measure(calls, held_out)
    weights = sum(p.numel() * 4 for p in model.parameters())
    result = {
        "made_by": "benchmarks/edge.py",
        "date": date.today().isoformat(),
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "versions": {name: version(name) for name in ("torch", "executorch", "torchao")},
        "rounds": ROUNDS,
        "bytes": {"eager PyTorch": weights}
        | {name: len(made.buffer) for name, made in files.items()},
        "ms": {
            name: {str(size): [round(t, 5) for t in values] for size, values in by.items()}
            for name, by in times.items()
        },
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "edge.json").write_text(json.dumps(result, indent=1) + "\n")
    (RESULTS / "edge.md").write_text(table(result))


def measure(calls: dict, rows: torch.Tensor) -> dict:
    """Milliseconds a call, by variant, batch and round."""
    times: dict = {name: {size: [] for size in BATCHES} for name in calls}
    for number in range(ROUNDS + 1):  # the first warms up
        for size in BATCHES:
            batch = rows[:size].contiguous()
            for name, call in calls.items():
                call(batch)
                start = time.perf_counter()
                for _ in range(CALLS[size]):
                    call(batch)
                if number:
                    times[name][size].append((time.perf_counter() - start) / CALLS[size] * 1e3)
    return times


def table(result: dict) -> str:
    """The table, with medians, and the range of the ratio over the rounds."""
    lines = [
        "| Variant | File, kB | 1 row, ms | against eager | 32 rows, ms | against eager |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    base = result["ms"]["eager PyTorch"]
    for name, by in result["ms"].items():
        cells = [
            name,
            f"{result['bytes'][name] / 1e3:.0f}"
            + (" (weights)" if name.startswith("eager") else ""),
        ]
        for size in map(str, BATCHES):
            low, middle, high = statistics.quantiles(
                (b / t for b, t in zip(base[size], by[size], strict=True)), n=4
            )
            cells.append(f"{statistics.median(by[size]):.3f}")
            span = f"**{middle:.2g} ×** ({low:.2g} to {high:.2g})"
            cells.append("1" if name.startswith("eager") else span)
        lines.append("| " + " | ".join(cells) + " |")
    used = ", ".join(f"{name} {number}" for name, number in result["versions"].items())
    lines += [
        "",
        f"*{result['machine']}, {used}, {result['date']}.",
        (
            "Eager PyTorch with one thread, which suits a model of this size, "
            "ExecuTorch with its own pool."
        ),
        f"Medians of {result['rounds']} rounds (quartiles); above 1 is faster than eager.",
        "A phone's processor is another one: the order may hold there, the figures do not.*",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
