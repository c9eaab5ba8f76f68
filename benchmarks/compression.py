"""The frontier of accuracy against bytes and against time, five seeds.

Run it on a quiet machine (about five minutes; --sizes leaves out the times, and
--times keeps the accuracies of the last run, which takes one minute):

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
import json
import os
import platform
import statistics
import sys
import tempfile
import time
import warnings
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "examples/outlook/compression"))
warnings.simplefilter("ignore")

import matplotlib
import torch
from compressing import accuracy, fit, load, low_rank, narrow, network, read, write
from roofline import processor
from torch import nn
from torchao.quantization import (
    Int8DynamicActivationInt8WeightConfig,
    Int8WeightOnlyConfig,
    IntxWeightOnlyConfig,
    quantize_,
)
from torchao.quantization.granularity import PerGroup

matplotlib.use("svg")
import matplotlib.pyplot as plt

RESULTS = HERE / "results"
IMAGES = HERE.parent / "docs/outlook/img"
SEEDS, ROUNDS = range(5), 9
WIDTHS, RANKS, BITS = (256, 128, 64, 32, 16, 8), (48, 32, 16, 8, 4, 2), (32, 16, 8, 6, 4, 3, 2, 1)
CALLS = {1: 50, 64: 10}
GREY, BLUE, ORANGE, GREEN, VIOLET = "#808080", "#3f7fbf", "#d9822b", "#2a9d6f", "#a04fb5"

Point = dict[str, object]


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


def accuracies() -> list[Point]:
    """Return the mean over the seeds of every point."""
    everything: dict[tuple[str, int, int], list[tuple[float, float]]] = defaultdict(list)
    for seed in SEEDS:
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


def runners() -> dict[str, Callable[[torch.Tensor], object]]:
    """Return every call that is timed, under its name."""
    torch.manual_seed(0)
    dense = fit(network(512), load(), 150)
    calls: dict[str, Callable[[torch.Tensor], object]] = {"dense": dense}
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


def in_onnxruntime(dense: nn.Module) -> dict[str, Callable[[torch.Tensor], object]]:
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
    calls: dict[str, Callable[[torch.Tensor], object]] = {}
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
        for name, file in (
            ("fp32, ONNX Runtime", path),
            ("int4 weights, ONNX Runtime", f"{folder}/dense-int4.onnx"),
        ):
            session = onnxruntime.InferenceSession(file, options)
            key = session.get_inputs()[0].name
            calls[name] = lambda x, s=session, k=key: s.run(None, {k: x.numpy()})
    return calls


def measure(
    calls: dict[str, Callable[[torch.Tensor], object]], rows: torch.Tensor
) -> dict[str, dict[int, list[float]]]:
    """Return milliseconds a call, by variant, batch and round."""
    times: dict[str, dict[int, list[float]]] = {
        name: {size: [] for size in CALLS} for name in calls
    }
    with torch.inference_mode():
        for number in range(ROUNDS + 1):  # the first warms up
            for size, count in CALLS.items():
                batch = rows[:size].contiguous()
                for name, call in calls.items():
                    call(batch)
                    start = time.process_time()
                    for _ in range(count):
                        call(batch)
                    if number:
                        times[name][size].append((time.process_time() - start) / count * 1e3)
    return times


def ratio(
    times: dict[str, dict[int, list[float]]], name: str, size: int
) -> tuple[float, float, float]:
    """Return quartiles of the time against the dense network of the same round."""
    pairs = zip(times[name][size], times["dense"][size], strict=True)
    low, middle, high = statistics.quantiles((own / base for own, base in pairs), n=4)
    return low, middle, high


def sizes_table(points: list[Point]) -> list[str]:
    """Return the rows of the frontier: points that no smaller file beats."""
    best, rows = -1.0, []
    for point in sorted(points, key=lambda p: (float(p["kB"]), -float(p["accuracy"]))):
        if float(point["accuracy"]) > best:
            best = float(point["accuracy"])
            rows.append(
                f"| {name_of(point)} | {float(point['kB']):.1f} | {best:.1f} | "
                f"{float(point['least']):.1f} to {float(point['most']):.1f} |"
            )
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


def caption(where: dict[str, str]) -> str:
    """Return what a table was measured on."""
    return (
        f"{where['processor']}, torch {where['torch']}, torchao {where['torchao']}, "
        f"Python {where['python']}, {where['date']}. "
        "`benchmarks/compression.py` measures it again on yours.*"
    )


def sizes_report(points: list[Point], where: dict[str, str]) -> str:
    """Return the table of points that no smaller file beats."""
    lines = [
        "| No smaller file is as good as | file, kB | accuracy, % | seeds |",
        "|---|--:|--:|--:|",
        *sizes_table(points),
    ]
    lines += [
        "",
        (
            f"*Mean of {len(SEEDS)} seeds, each with its own split of 450 held-out digits; "
            f"least to most. {caption(where)}"
        ),
        "",
    ]
    return "\n".join(lines)


def times_report(result: dict) -> str:
    """Return the table of times."""
    lines = ["| A call of | 1 row, dense = 1 | 64 rows, dense = 1 |", "|---|--:|--:|"]
    for name, by in result["ratios"].items():
        if name != "dense":
            cells = [
                f"**{by[size][1]:.2f}** ({by[size][0]:.2f} to {by[size][2]:.2f})"
                for size in ("1", "64")
            ]
            lines.append(f"| {name} | {cells[0]} | {cells[1]} |")
    base = result["dense_ms"]
    lines += [
        "",
        "*Processor time of one thread against the dense network, fp32 eager, of the same round: "
        f"below 1 is faster. Medians of {ROUNDS} rounds (quartiles). "
        f"The dense network took {base['1']:.2f} ms for 1 row and {base['64']:.2f} ms for 64. "
        f"Load average at the start {result['load']}, ONNX Runtime {version('onnxruntime')}. "
        f"{caption(result['environment'])}",
        "",
    ]
    return "\n".join(lines)


def chosen(points: list[Point], family: str, bits: int) -> list[Point]:
    """Return a family's points of one number of bits, or of all (0)."""
    return [p for p in points if p["family"] == family and bits in (0, p["bits"])]


STYLE = {
    name: GREY
    for name in (
        "text.color",
        "axes.edgecolor",
        "axes.labelcolor",
        "axes.titlecolor",
        "xtick.color",
        "ytick.color",
    )
}
STYLE |= {"svg.fonttype": "none", "svg.hashsalt": "compression", "font.family": "sans-serif"}


def draw(
    path: Path,
    lines: list[tuple[str, str, str, list[float], list[float]]],
    label: str,
    notes: list[tuple[str, float, float]],
) -> None:
    """Draw accuracy against a logarithmic axis."""
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
        for name, colour, marker, x, y in lines:
            axes.plot(x, y, color=colour, marker=marker, label=name, markersize=5)
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
        axes.grid(color=GREY, alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, fontsize="small", loc="lower right")
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, transparent=True, metadata={"Date": None})
        plt.close(figure)


def plot_sizes(points: list[Point]) -> None:
    """Draw accuracy against bytes."""
    families = (
        ("fewer bits", BLUE, "o", "bits", 0),
        ("fewer neurons, tuned", ORANGE, "s", "neurons, +200 steps", 32),
        ("lower rank, tuned", GREEN, "D", "rank, +200 steps", 32),
        ("born small, 4 bits", VIOLET, "^", "born small", 4),
    )
    lines = []
    for name, colour, marker, family, bits in families:
        rows = chosen(points, family, bits)
        lines.append(
            (
                name,
                colour,
                marker,
                [float(p["kB"]) for p in rows],
                [float(p["accuracy"]) for p in rows],
            )
        )
    draw(IMAGES / "compression-frontier.svg", lines, "file, kB", [])


def plot_times(result: dict) -> None:
    """Draw accuracy against time."""
    points, ratios = result["points"], result["ratios"]
    lines = []
    for name, colour, marker, family in (
        ("fewer neurons, tuned", ORANGE, "s", "neurons, +200 steps"),
        ("lower rank, tuned", GREEN, "D", "rank, +200 steps"),
    ):
        rows = chosen(points, family, 32)
        lines.append(
            (
                name,
                colour,
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
        IMAGES / "compression-time.svg",
        lines,
        "processor time of a call with 64 rows, dense = 1",
        notes,
    )


def main() -> None:
    """Train, write, read back, time, and write the results."""
    torch.set_num_threads(1)
    stored = RESULTS / "compression.json"
    load_average = f"{os.getloadavg()[0]:.1f}"
    environment = {
        "processor": processor(), "torch": version("torch"), "torchao": version("torchao"),
        "python": platform.python_version(), "date": date.today().isoformat(),
    }  # fmt: skip
    result = json.loads(stored.read_text()) if "--times" in sys.argv else {"points": accuracies()}
    result |= {"environment": environment}
    (RESULTS / "compression.md").write_text(sizes_report(result["points"], environment))
    plot_sizes(result["points"])
    stored.write_text(json.dumps(result, indent=1) + "\n")
    if "--sizes" in sys.argv:
        return
    calls = runners()
    times = measure(calls, load()[2])
    result |= {
        "load": load_average,
        "dense_ms": {
            str(size): round(statistics.median(times["dense"][size]), 4) for size in CALLS
        },
        "ratios": {
            name: {str(size): [round(r, 3) for r in ratio(times, name, size)] for size in CALLS}
            for name in calls
        },
    }
    stored.write_text(json.dumps(result, indent=1) + "\n")
    (RESULTS / "compression-time.md").write_text(times_report(result))
    plot_times(result)
    print(times_report(result))


if __name__ == "__main__":
    main()
