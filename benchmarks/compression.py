"""The frontier of accuracy against bytes and against time, five seeds.

Run it on a quiet machine (about five minutes; --sizes keeps the times of the last run, and
--times its accuracies, which takes one minute):

    python benchmarks/compression.py [--sizes | --times]

It writes results/compression.json, compression.md and compression-time.md, and
the plots docs/outlook/img/compression-frontier.svg and compression-time.svg. Accuracy is the mean
of five seeds, each with a network, a split and batches of its own, and is always that of the model
read back from its file. Every round visits all of them, and each is compared with the dense network
of the same round. The models that are timed are of the first seed, and not tuned, which changes no
time. Time is the processor's, of one thread, which other programs disturb less than the clock on
the wall.
"""

import copy
import statistics
import tempfile
import time
import warnings
from argparse import ArgumentParser, Namespace
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from harness import machine, results
from harness.results import BLUE, GRAY, ORANGE, VIOLET
from harness.rounds import medians, quartiles, ratios, take_turns
from harness.script import Benchmark, Result, import_from
from torch import nn

import_from("outlook/compression")

from compressing import accuracy, fit, load, low_rank, narrow, network, read, write

SEEDS, ROUNDS = range(5), 9
WIDTHS, RANKS, BITS = (256, 128, 64, 32, 16, 8), (48, 32, 16, 8, 4, 2), (32, 16, 8, 6, 4, 3, 2, 1)
CALLS = {1: 50, 64: 10}
GREEN = "#2a9d6f"

Point = dict[str, Any]
Call = Callable[[torch.Tensor], object]


def one_seed(seed: int) -> dict[tuple[str, int, int], tuple[float, float]]:
    """Return kilobytes and accuracy by (family, level, bits)."""
    data = load(seed)
    torch.manual_seed(seed)
    dense = fit(network(512), data, 150)
    found: dict[tuple[str, int, int], tuple[float, float]] = {}

    def note(family: str, level: int, model: nn.Sequential, widths: tuple[int, ...]) -> None:
        for bits in widths:
            file = write(model, bits)
            found[family, level, bits] = (len(file) / 1000, accuracy(read(file, bits, model), data))

    note("bits", 512, dense, BITS)
    for width in WIDTHS:
        cut = narrow(dense, width)
        note("neurons, as cut", width, cut, (32,))
        note("neurons, +200 steps", width, fit(cut, data, 200), (32, 4))
        note("born small", width, fit(network(width), data, 600), (32, 4, 3, 2, 1))
        note("student", width, fit(network(width), data, 600, dense), (32, 4))
    for rank in RANKS:
        thin = low_rank(dense, rank)
        note("rank, as cut", rank, thin, (32,))
        note("rank, +200 steps", rank, fit(thin, data, 200), (32, 4))
    return found


def accuracies(seeds: Sequence[int]) -> list[Point]:
    """Return the mean over the seeds of every point."""
    everything: dict[tuple[str, int, int], list[tuple[float, float]]] = defaultdict(list)
    for seed in seeds:
        for key, value in one_seed(seed).items():
            everything[key].append(value)
    return [
        {
            "family": family,
            "level": level_name(family, level),
            "bits": bits,
            "kB": round(values[0][0], 2),
            "accuracy": round(statistics.mean(a for _, a in values), 2),
            "least": round(min(a for _, a in values), 1),
            "most": round(max(a for _, a in values), 1),
        }
        for (family, level, bits), values in everything.items()
    ]


def runners() -> dict[str, Call]:
    """Return every call that is timed, under its name."""
    from torchao.quantization import (
        Int8DynamicActivationInt8WeightConfig,
        Int8WeightOnlyConfig,
        IntxWeightOnlyConfig,
        quantize_,
    )
    from torchao.quantization.granularity import PerGroup

    torch.manual_seed(0)
    dense = fit(network(512), load(), 150)
    calls: dict[str, Call] = {"dense": dense}
    calls |= {f"{width} neurons": narrow(dense, width) for width in WIDTHS}
    calls |= {f"rank {rank}": low_rank(dense, rank) for rank in RANKS}
    configs = {
        "int8 weights, torchao": Int8WeightOnlyConfig(),
        "int4 weights, torchao": IntxWeightOnlyConfig(
            weight_dtype=torch.int4, granularity=PerGroup(32)
        ),
        "int8 weights and activations, torchao": Int8DynamicActivationInt8WeightConfig(),
    }
    for name, config in configs.items():
        model = copy.deepcopy(dense)
        quantize_(model, config)
        calls[name] = model
    return calls | in_onnxruntime(dense)


def in_onnxruntime(dense: nn.Module) -> dict[str, Call]:
    """Return the dense network in ONNX Runtime, with fp32 and with packed 4-bit weights."""
    import onnx
    import onnxruntime
    from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

    class Rows(nn.Module):
        """Adds an axis, so that layers become MatMul and not Gemm."""

        def __init__(self) -> None:
            super().__init__()
            self.layers = dense

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.layers(x.unsqueeze(0)).squeeze(0)

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1

    def opened(file: str) -> Call:
        session = onnxruntime.InferenceSession(file, options)
        key = session.get_inputs()[0].name
        return lambda x: session.run(None, {key: x.numpy()})

    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/dense.onnx"
        shapes = ({0: torch.export.Dim("batch", min=1, max=512)},)
        torch.onnx.export(
            Rows().eval(),
            (torch.rand(2, 64),),
            path,
            dynamic_shapes=shapes,
            external_data=False,
            verbose=False,
        )
        quantizer = MatMulNBitsQuantizer(onnx.load(path), bits=4, block_size=32, is_symmetric=True)
        quantizer.process()
        quantizer.model.save_model_to_file(f"{folder}/dense-int4.onnx")
        return {
            "fp32, ONNX Runtime": opened(path),
            "int4 weights, ONNX Runtime": opened(f"{folder}/dense-int4.onnx"),
        }


def timed(calls: dict[str, Call], rows: torch.Tensor, quick: bool) -> Result:
    """Return quartiles of every call's time against the dense network of the same round."""
    found: Result = {"dense_ms": {}, "ratios": {name: {} for name in calls}}
    with torch.inference_mode():
        for size, count in CALLS.items():
            batch = rows[:size].contiguous()
            now = {name: lambda call=call, x=batch: call(x) for name, call in calls.items()}
            times = take_turns(
                now,
                1 if quick else ROUNDS,
                repeat=1 if quick else count,
                settle=True,
                clock=time.process_time,
            )
            found["dense_ms"][str(size)] = round(medians(times)["dense"], 4)
            for name, own in times.items():
                three = quartiles(ratios(own, times["dense"]), "exclusive")
                found["ratios"][name][str(size)] = [round(r, 3) for r in three]
    return found


def sizes_table(points: list[Point]) -> list[tuple[str, str, str, str]]:
    """Return the rows of the frontier: points that no smaller file beats."""
    best, rows = -1.0, []
    for point in sorted(points, key=lambda p: (float(p["kB"]), -float(p["accuracy"]))):
        if float(point["accuracy"]) > best:
            best = float(point["accuracy"])
            ends = f"{float(point['least']):.1f} to {float(point['most']):.1f}"
            rows.append((name_of(point), f"{float(point['kB']):.1f}", f"{best:.1f}", ends))
    return rows


def name_of(point: Point) -> str:
    """Return a point in words."""
    family, _, state = str(point["family"]).partition(", ")
    born = {
        "bits": "",
        "neurons": "cut to ",
        "rank": "cut to ",
        "born small": "born with ",
        "student": "student of ",
    }[family]
    return f"{born}{point['level']}{', ' + state if state else ''}, {point['bits']} bits"


def level_name(family: str, level: int) -> str:
    """Return what a level means in words."""
    return f"rank {level}" if family.startswith("rank") else f"{level} neurons"


def source(result: Result) -> str:
    """Return what a table was measured on."""
    line = machine.facts(result).line
    return f"{line}. `benchmarks/compression.py` measures it again on yours.*\n"


def sizes_report(result: Result) -> str:
    """Return the table of points that no smaller file beats."""
    heads = ["No smaller file is as good as", "file, kB", "accuracy, %", "seeds"]
    return (
        results.table(heads, sizes_table(result["points"]))
        + f"\n*Mean of {len(SEEDS)} seeds, each with its own split of 450 held-out digits; "
        f"least to most. {source(result)}"
    )


def times_report(result: Result) -> str:
    """Return the table of times."""
    rows = []
    for name, by in result["ratios"].items():
        if name != "dense":
            three = (by[size] for size in ("1", "64"))
            cells = [f"**{middle:.2f}** ({low:.2f} to {high:.2f})" for low, middle, high in three]
            rows.append((name, *cells))
    base, where = result["dense_ms"], machine.facts(result)
    version = where.versions.get("onnxruntime", "1.32.0")  # older results do not say it
    return (
        results.table(["A call of", "1 row, dense = 1", "64 rows, dense = 1"], rows)
        + "\n*Processor time of one thread against the dense network, fp32 eager, of the same "
        f"round: below 1 is faster. Medians of {ROUNDS} rounds (quartiles). "
        f"The dense network took {base['1']:.2f} ms for 1 row and {base['64']:.2f} ms for 64. "
        f"Load average at the start {where.load}, ONNX Runtime {version}. {source(result)}"
    )


def chosen(points: list[Point], family: str, bits: int) -> list[Point]:
    """Return a family's points of one number of bits, or of all (0)."""
    return [p for p in points if p["family"] == family and bits in (0, p["bits"])]


def draw(
    path: Path,
    lines: list[tuple[str, str, str, list[float], list[float]]],
    label: str,
    notes: list[tuple[str, float, float]],
) -> None:
    """Draw accuracy against a logarithmic axis."""
    plt = results.plain_svg("compression")
    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    for name, color, marker, xs, ys in lines:
        axes.plot(xs, ys, color=color, marker=marker, label=name, markersize=5)
    for number, (name, x, y) in enumerate(notes):
        axes.plot(x, y, color=BLUE, marker="o", markersize=5)
        axes.annotate(
            name,
            (x, y),
            xytext=(4, -14 - 12 * number),
            textcoords="offset points",
            color=BLUE,
            fontsize="small",
            ha="right",
        )
    axes.set_xscale("log")
    axes.set_ylim(60, 100)
    axes.set_xlabel(label)
    axes.set_ylabel("held-out accuracy, %")
    axes.grid(color=GRAY, alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize="small", loc="lower right")
    results.save_svg(figure, path, bbox_inches=None)
    plt.close(figure)


def plot_sizes(points: list[Point], path: Path) -> None:
    """Draw accuracy against bytes."""
    families = (
        ("fewer bits", BLUE, "o", "bits", 0),
        ("fewer neurons, tuned", ORANGE, "s", "neurons, +200 steps", 32),
        ("lower rank, tuned", GREEN, "D", "rank, +200 steps", 32),
        ("born small, 4 bits", VIOLET, "^", "born small", 4),
    )
    lines = []
    for name, color, marker, family, bits in families:
        rows = chosen(points, family, bits)
        lines.append(
            (
                name,
                color,
                marker,
                [float(p["kB"]) for p in rows],
                [float(p["accuracy"]) for p in rows],
            )
        )
    draw(path, lines, "file, kB", [])


def plot_times(result: Result, path: Path) -> None:
    """Draw accuracy against time."""
    points, ratios = result["points"], result["ratios"]
    lines = []
    for name, color, marker, family in (
        ("fewer neurons, tuned", ORANGE, "s", "neurons, +200 steps"),
        ("lower rank, tuned", GREEN, "D", "rank, +200 steps"),
    ):
        rows = chosen(points, family, 32)
        lines.append(
            (
                name,
                color,
                marker,
                [ratios[str(p["level"])]["64"][1] for p in rows],
                [float(p["accuracy"]) for p in rows],
            )
        )
    by_bits = {p["bits"]: float(p["accuracy"]) for p in chosen(points, "bits", 0)}
    runs = (
        ("dense", 32),
        ("int8 weights, torchao", 8),
        ("int4 weights, torchao", 4),
        ("int4 weights, ONNX Runtime", 4),
    )
    notes = [(name, ratios[name]["64"][1], by_bits[bits]) for name, bits in runs]
    draw(
        path,
        lines,
        "processor time of a call with 64 rows, dense = 1",
        notes,
    )


def measure(options: Namespace) -> Result:
    """Train, write, read back, and time."""
    warnings.simplefilter("ignore")
    if options.quick:
        return {"points": accuracies([0])} | timed(runners(), load()[2], True)
    before = results.read("compression") if options.times or options.sizes else {}
    kept: Result = {key: before[key] for key in ("points", "dense_ms", "ratios") if key in before}
    if not options.times:
        kept["points"] = accuracies(SEEDS)
    if not options.sizes:
        kept |= timed(runners(), load()[2], False)
    return kept


def tables(result: Result) -> dict[str, str]:
    return {"compression": sizes_report(result), "compression-time": times_report(result)}


def plots(result: Result, paths: dict[str, Path]) -> None:
    plot_sizes(result["points"], paths["frontier"])
    plot_times(result, paths["time"])


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--sizes", action="store_true", help="keep the times of the last run")
    parser.add_argument("--times", action="store_true", help="keep the accuracies of the last run")


def figures(result: Result) -> dict[str, float]:
    """The time of a call against the dense network's, such as `256_neurons_64` with 64 rows."""
    return {
        f"{results.slug(name)}_{size}": statistics.median(spread)
        for name, by_size in result["ratios"].items()
        for size, spread in by_size.items()
    }


BENCHMARK = Benchmark(
    "compression",
    "benchmarks/compression.py",
    measure,
    tables,
    packages=("torch", "torchao", "onnxruntime"),
    threads=1,
    figures=figures,
    draw=plots,
    plots={
        "frontier": "docs/outlook/img/compression-frontier.svg",
        "time": "docs/outlook/img/compression-time.svg",
    },
    arguments=arguments,
)

if __name__ == "__main__":
    BENCHMARK.main(__doc__)
