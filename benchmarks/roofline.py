"""Measure this machine's roofline and where Linear layers stand under it.

Run it from anywhere, without arguments, on a quiet machine (< 1 minute):

    python benchmarks/roofline.py

It writes results/roofline.json and .md beside this file, and the plot
docs/concepts/img/optimization-roofline.svg. Everything is measured in one
run, in rounds that visit every case, so that noise falls on all alike.
A roof is what the machine can do, so the fastest round counts there, and
for the layers too; the medians are in the JSON.
"""

import json
import platform
import statistics
import time
from collections.abc import Callable
from datetime import date
from importlib.metadata import version
from pathlib import Path

import matplotlib
import torch
from torch.nn.functional import linear

matplotlib.use("svg")
import matplotlib.pyplot as plt

HERE = Path(__file__).parent
RESULTS = HERE / "results"
PLOT = HERE.parent / "docs/concepts/img/optimization-roofline.svg"
ROUNDS = 15
WIDTH = 4096  # one fp32 weight of 64 MiB, larger than the last-level cache
BATCHES = (1, 4, 16, 64, 256, 1024)
STREAM = 2**25  # elements a vector: 128 MiB each
SQUARE = 2048  # side of the matrices that set the compute roof
GREY, BLUE, ORANGE = "#808080", "#3f7fbf", "#d9822b"


def processor() -> str:
    """Return the processor's name and the number of threads used."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text().splitlines()
        names = [x.split(":")[1] for x in lines if x.startswith("model name")]
        name = names[0].strip() if names else name
    level = torch.backends.cpu.get_cpu_capability()
    return f"{name} ({level}), {torch.get_num_threads()} threads"


def cases() -> dict[str, Callable[[], object]]:
    """Return every measured call, seeded, under its name."""
    torch.manual_seed(0)
    left, right = torch.rand(STREAM), torch.rand(STREAM)
    target = torch.empty(STREAM)
    square = torch.rand(SQUARE, SQUARE)
    half = square.bfloat16()
    weight = torch.rand(WIDTH, WIDTH)
    inputs = {size: torch.rand(size, WIDTH) for size in BATCHES}
    scalar = torch.rand(1)

    def layer(size: int) -> Callable[[], object]:
        return lambda: linear(inputs[size], weight)

    return {
        "add": lambda: torch.add(left, right, out=target),
        "matmul fp32": lambda: square @ square,
        "matmul bf16": lambda: half @ half,
        "one element": lambda: [scalar + scalar for _ in range(1000)],
        **{f"linear {size}": layer(size) for size in BATCHES},
    }


def measure() -> dict[str, list[float]]:
    """Return each case's seconds, one entry a round."""
    calls = cases()
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    with torch.inference_mode():
        for round_ in range(ROUNDS + 2):
            for name, call in calls.items():
                start = time.perf_counter()
                call()
                elapsed = time.perf_counter() - start
                if round_ >= 2:  # two rounds of warm-up
                    seconds[name].append(elapsed)
    return seconds


def summarize(seconds: dict[str, list[float]]) -> dict[str, object]:
    """Turn seconds into bandwidth, peaks, overhead and the layers' rates."""
    best = {name: min(values) for name, values in seconds.items()}
    median = {n: statistics.median(v) for n, v in seconds.items()}
    bandwidth = 3 * 4 * STREAM / best["add"]
    peak = 2 * SQUARE**3 / best["matmul fp32"]
    layers = []
    for size in BATCHES:
        flops = 2 * size * WIDTH * WIDTH
        traffic = 4 * (WIDTH * WIDTH + 2 * size * WIDTH)
        intensity = flops / traffic
        roof = min(peak, bandwidth * intensity)
        rate = flops / best[f"linear {size}"]
        layers.append(
            {
                "batch": size,
                "intensity": round(intensity, 2),
                "roof_gflops": round(roof / 1e9, 1),
                "gflops": round(rate / 1e9, 1),
                "of_roof": round(rate / roof, 2),
                "ms": round(best[f"linear {size}"] * 1e3, 2),
                "median_ms": round(median[f"linear {size}"] * 1e3, 2),
                "samples": round(size / best[f"linear {size}"]),
                "vs_batch_1": round(size * best["linear 1"] / best[f"linear {size}"], 1),
            }
        )
    return {
        "environment": {
            "processor": processor(),
            "torch": version("torch"),
            "python": platform.python_version(),
            "date": date.today().isoformat(),
            "rounds": ROUNDS,
        },
        "bandwidth_gb_s": round(bandwidth / 1e9, 1),
        "peak_fp32_gflops": round(peak / 1e9, 1),
        "peak_bf16_gflops": round(2 * SQUARE**3 / best["matmul bf16"] / 1e9),
        "bf16_vs_fp32": round(best["matmul fp32"] / best["matmul bf16"], 2),
        "ridge_flop_per_byte": round(peak / bandwidth, 1),
        "launch_us": round(best["one element"] * 1e3, 2),
        "floats_moved_per_launch": round(best["one element"] / 1000 * bandwidth / 4),
        "layers": layers,
    }


def table(found: dict[str, object]) -> str:
    """Return the Markdown that the page includes."""
    where = found["environment"]
    lines = [
        "| roof | measured |",
        "|---|---|",
        f"| memory bandwidth (add of two vectors of 128 MiB) | {found['bandwidth_gb_s']} GB/s |",
        f"| fp32 arithmetic (matmul of {SQUARE} × {SQUARE}) "
        f"| {found['peak_fp32_gflops']} GFLOP/s |",
        f"| the ridge: arithmetic ÷ bandwidth | {found['ridge_flop_per_byte']} FLOP/byte |",
        f"| bf16 arithmetic, against fp32 | {found['bf16_vs_fp32']} × |",
        f"| one launch (adding one element) | {found['launch_us']} µs, the "
        f"time in which {found['floats_moved_per_launch']:,} floats stream by |",
        "",
        f"| batch through Linear({WIDTH}, {WIDTH}) | intensity, FLOP/byte "
        "| roof, GFLOP/s | measured, GFLOP/s | of the roof "
        "| samples/s, against batch 1 |",
        "|--:|--:|--:|--:|--:|--:|",
    ]
    for row in found["layers"]:
        lines.append(
            f"| {row['batch']} | {row['intensity']:.1f} "
            f"| {row['roof_gflops']} | {row['gflops']} "
            f"| {row['of_roof']:.0%} | {row['vs_batch_1']} × |"
        )
    lines += [
        "",
        f"*{where['processor']}, torch {where['torch']}, "
        f"Python {where['python']}, fp32 eager, fastest of "
        f"{where['rounds']} rounds of one run on a shared virtual machine, "
        f"{where['date']}. "
        "`benchmarks/roofline.py` measures it again on yours.*",
        "",
    ]
    return "\n".join(lines)


def plot(found: dict[str, object]) -> None:
    """Draw the roof and the layers, readable on light and dark pages."""
    plt.rcParams.update(
        {
            "svg.fonttype": "none",
            "svg.hashsalt": "roofline",
            "font.family": "sans-serif",
            "text.color": GREY,
            "axes.edgecolor": GREY,
            "axes.labelcolor": GREY,
            "xtick.color": GREY,
            "ytick.color": GREY,
        }
    )
    bandwidth = float(found["bandwidth_gb_s"])
    peak = float(found["peak_fp32_gflops"])
    ridge = peak / bandwidth
    low, high = 0.25, 700.0
    figure, axes = plt.subplots(figsize=(7, 4))
    axes.loglog(
        [low, ridge, high],
        [low * bandwidth, peak, peak],
        color=ORANGE,
        linewidth=2,
    )
    axes.text(1.2, 1.2 * bandwidth * 1.2, "memory roof", color=ORANGE, ha="right")
    axes.text(ridge * 6, peak * 1.15, "arithmetic roof", color=ORANGE)
    axes.axvline(ridge, color=GREY, linestyle=":", linewidth=1)
    for row in found["layers"]:
        axes.plot(row["intensity"], row["gflops"], "o", color=BLUE)
        axes.annotate(
            f"batch {row['batch']}",
            (row["intensity"], row["gflops"]),
            xytext=(6, -12),
            textcoords="offset points",
            color=BLUE,
        )
    axes.set_xlim(low, high)
    axes.set_ylim(bandwidth * low * 0.5, peak * 2)
    axes.set_xlabel("arithmetic intensity, FLOP per byte moved")
    axes.set_ylabel("GFLOP/s")
    axes.spines[["top", "right"]].set_visible(False)
    PLOT.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(PLOT, transparent=True, bbox_inches="tight", metadata={"Date": None})


def main() -> None:
    """Measure once, then write the JSON, the table and the plot."""
    found = summarize(measure())
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(found, indent=2) + "\n"
    (RESULTS / "roofline.json").write_text(text)
    (RESULTS / "roofline.md").write_text(table(found))
    plot(found)
    print(table(found))


if __name__ == "__main__":
    main()
