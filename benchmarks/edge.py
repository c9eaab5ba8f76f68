"""Size and latency of the digits model as ExecuTorch runs it, beside eager.

Run it without arguments, on a quiet machine (about a minute):

    python benchmarks/edge.py

It writes results/edge.json and the table of docs/scenarios/edge.md. All
variants are in one process. Each round visits all of them,
one after another, and a variant is compared with eager in the same round, so
that noise falls on all alike.
"""

import warnings
from argparse import Namespace
from statistics import median

import torch
from harness import machine, results
from harness.results import TIMES
from harness.rounds import Times, quartiles, ratios, take_turns
from harness.script import Benchmark, Result, import_from

ROUNDS = 20
CALLS = {1: 200, 32: 20}


def measure(options: Namespace) -> Result:
    import_from("scenarios/browser", "scenarios/edge")
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
    calls = {"eager PyTorch": model} | {
        name: lambda x, m=method: m.execute([x]) for name, method in methods.items()
    }
    weights = sum(p.numel() * 4 for p in model.parameters())
    rounds = 1 if options.quick else ROUNDS
    ms: dict[str, Times] = {name: {} for name in calls}
    with torch.inference_mode():
        for size, repeat in CALLS.items():
            batch = held_out[:size].contiguous()
            now = {name: lambda call=call, x=batch: call(x) for name, call in calls.items()}
            repeat = 1 if options.quick else repeat
            for name, values in take_turns(now, rounds, repeat=repeat, settle=True).items():
                ms[name][str(size)] = [round(t, 5) for t in values]
    sizes = {name: len(made.buffer) for name, made in files.items()}
    return {"rounds": rounds, "bytes": {"eager PyTorch": weights} | sizes, "ms": ms}


def table(result: Result) -> str:
    """The table, with medians, and the range of the ratio over the rounds."""
    rows = []
    base = result["ms"]["eager PyTorch"]
    for name, by in result["ms"].items():
        eager = by is base
        cells = [name, f"{result['bytes'][name] / 1e3:.0f}" + " (weights)" * eager]
        for size, own in by.items():
            low, middle, high = quartiles(ratios(base[size], own), "exclusive")
            span = f"**{middle:.2g} {TIMES}** ({low:.2g} to {high:.2g})"
            cells += [f"{median(own):.3f}", "1" if eager else span]
        rows.append(cells)
    heads = ["Variant", "File, kB", "1 row, ms", "against eager", "32 rows, ms", "against eager"]
    return (
        f"{results.table(heads, rows)}\n*{machine.facts(result).line}.\n"
        "Eager PyTorch with one thread, which suits a model of this size, "
        "ExecuTorch with its own pool.\n"
        f"Medians of {result['rounds']} rounds (quartiles); above 1 is faster than eager.\n"
        "A phone's processor is another one: the order may hold there, the figures do not.*\n"
    )


BENCHMARK = Benchmark(
    "edge",
    "benchmarks/edge.py",
    measure,
    lambda result: {"edge": table(result)},
    packages=("torch", "executorch", "torchao"),
    threads=1,
)

if __name__ == "__main__":
    BENCHMARK.main(__doc__)
