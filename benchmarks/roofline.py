"""Measure this machine's roofline and where Linear layers stand under it.

Run it from anywhere, without arguments, on a quiet machine (< 1 minute):

    python benchmarks/roofline.py

It writes results/roofline.json and .md beside this file, and the plot
docs/concepts/img/optimization-roofline.svg. Everything is measured in one
run, in rounds that visit every case, so that noise falls on all alike.
A roof is what the machine can do, so the fastest round counts there, and
for the layers too; the medians are in the JSON.
"""

from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from harness import machine, results
from harness.results import BLUE, GRAY, ORANGE
from harness.rounds import Times, medians, take_turns
from harness.script import Benchmark, Result
from torch.nn.functional import linear

ROUNDS = 15
BATCHES = (1, 4, 16, 64, 256, 1024)


@dataclass(frozen=True)
class Sizes:
    """How large everything is; what is smaller than the caches does not measure memory."""

    width: int = 4096  # one fp32 weight of 64 MiB, larger than the last-level cache
    stream: int = 2**25  # elements a vector: 128 MiB each
    square: int = 2048  # side of the matrices that set the compute roof


FULL, QUICK = Sizes(), Sizes(64, 2**12, 64)


def cases(sizes: Sizes) -> dict[str, Callable[[], object]]:
    """Return every measured call, seeded, under its name."""
    torch.manual_seed(0)
    left, right = torch.rand(sizes.stream), torch.rand(sizes.stream)
    target = torch.empty(sizes.stream)
    square = torch.rand(sizes.square, sizes.square)
    half = square.bfloat16()
    weight = torch.rand(sizes.width, sizes.width)
    inputs = {size: torch.rand(size, sizes.width) for size in BATCHES}
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


def measure(options: Namespace) -> Result:
    """Time every case in every round."""
    sizes, rounds = (QUICK, 1) if options.quick else (FULL, ROUNDS)
    with torch.inference_mode():
        times = take_turns(cases(sizes), rounds, warm_up=2)
    return {"rounds": rounds} | summarize(times, sizes)


def summarize(times: Times, sizes: Sizes) -> Result:
    """Turn milliseconds into bandwidth, peaks, overhead and the layers' rates."""
    best = {name: min(values) / 1e3 for name, values in times.items()}
    median = medians(times)
    bandwidth = 3 * 4 * sizes.stream / best["add"]
    peak = 2 * sizes.square**3 / best["matmul fp32"]
    layers = []
    for size in BATCHES:
        flops = 2 * size * sizes.width**2
        traffic = 4 * (sizes.width**2 + 2 * size * sizes.width)
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
                "median_ms": round(median[f"linear {size}"], 2),
                "samples": round(size / best[f"linear {size}"]),
                "vs_batch_1": round(size * best["linear 1"] / best[f"linear {size}"], 1),
            }
        )
    return {
        "bandwidth_gb_s": round(bandwidth / 1e9, 1),
        "peak_fp32_gflops": round(peak / 1e9, 1),
        "peak_bf16_gflops": round(2 * sizes.square**3 / best["matmul bf16"] / 1e9),
        "bf16_vs_fp32": round(best["matmul fp32"] / best["matmul bf16"], 2),
        "ridge_flop_per_byte": round(peak / bandwidth, 1),
        "launch_us": round(best["one element"] * 1e3, 2),
        "floats_moved_per_launch": round(best["one element"] / 1000 * bandwidth / 4),
        "layers": layers,
    }


def table(found: Result) -> str:
    """Return the Markdown that the page includes."""
    roofs = [
        (
            "memory bandwidth (add of two vectors of 128 MiB)",
            f"{found['bandwidth_gb_s']} GB/s",
        ),
        (
            f"fp32 arithmetic (matmul of {FULL.square} × {FULL.square})",
            f"{found['peak_fp32_gflops']} GFLOP/s",
        ),
        ("the ridge: arithmetic ÷ bandwidth", f"{found['ridge_flop_per_byte']} FLOP/byte"),
        ("bf16 arithmetic, against fp32", f"{found['bf16_vs_fp32']} ×"),
        (
            "one launch (adding one element)",
            f"{found['launch_us']} µs, the time in which "
            f"{found['floats_moved_per_launch']:,} floats stream by",
        ),
    ]
    layers = [
        (
            row["batch"],
            f"{row['intensity']:.1f}",
            row["roof_gflops"],
            row["gflops"],
            f"{row['of_roof']:.0%}",
            f"{row['vs_batch_1']} ×",
        )
        for row in found["layers"]
    ]
    heads = [f"batch through Linear({FULL.width}, {FULL.width})", "intensity, FLOP/byte"]
    heads += ["roof, GFLOP/s", "measured, GFLOP/s", "of the roof", "samples/s, against batch 1"]
    where = machine.facts(found)
    count = found.get("rounds") or found["environment"]["rounds"]
    return (
        results.table(["roof", "measured"], roofs, "ll")
        + "\n"
        + results.table(heads, layers, "r" * 6)
        + f"\n*{where.processor}, torch {where.versions['torch']}, Python {where.python}, "
        f"fp32 eager, fastest of {count} rounds of one run on a shared virtual machine, "
        f"{where.date}. `benchmarks/roofline.py` measures it again on yours.*\n"
    )


def plot(found: Result, paths: dict[str, Path]) -> None:
    """Draw the roof and the layers, readable on light and dark pages."""
    plt = results.plain_svg("roofline")
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
    axes.axvline(ridge, color=GRAY, linestyle=":", linewidth=1)
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
    results.save_svg(figure, paths["roofline"])


BENCHMARK = Benchmark(
    "roofline",
    "benchmarks/roofline.py",
    measure,
    lambda result: {"roofline": table(result)},
    draw=plot,
    plots={"roofline": "docs/concepts/img/optimization-roofline.svg"},
)

if __name__ == "__main__":
    BENCHMARK.main(__doc__)
