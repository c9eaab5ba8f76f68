"""Measure the time of one forward pass against the size of the batch.

Run it from anywhere, without arguments, on a quiet machine (< 1 minute):

    python benchmarks/batching.py

It writes results/batching.json and .md beside this file. Both models and
all batches are timed in every round, one after another, so that noise from
other processes falls on all of them alike. The page fits the fastest round,
which is the one that was disturbed least; the medians are in the JSON.
"""

from argparse import Namespace
from functools import partial
from statistics import median

import torch
from harness import machine, results, rounds
from harness.results import TIMES
from harness.script import Benchmark, Result
from torch import nn

BATCHES = (1, 2, 4, 8, 16, 32, 64)
ROUNDS = 300
WARM_UP = 3
THREADS = 1  # one thread: no waiting at barriers for a busy neighbor


def models() -> dict[str, tuple[nn.Module, tuple[int, ...]]]:
    """Return each seeded model with the shape of one of its inputs."""
    torch.manual_seed(0)
    layers = [nn.Sequential(nn.Linear(64, 64), nn.ReLU()) for _ in range(8)]
    return {
        "mlp": (nn.Sequential(*layers, nn.Linear(64, 10)).eval(), (64,)),
        "cnn": (
            nn.Sequential(
                nn.Conv2d(1, 16, 3, padding=1),
                nn.ReLU(),
                nn.Conv2d(16, 32, 3, padding=1),
                nn.ReLU(),
                nn.AdaptiveAvgPool2d(1),
                nn.Flatten(),
                nn.Linear(32, 10),
            ).eval(),
            (1, 8, 8),
        ),
    }


def measure(options: Namespace) -> Result:
    """Return milliseconds by model and batch: the fastest round, and the median."""
    count = 2 if options.quick else ROUNDS
    calls = {
        (name, size): partial(model, torch.randn(size, *shape))
        for name, (model, shape) in models().items()
        for size in BATCHES
    }
    with torch.inference_mode():  # each call brings its model's weights into the cache first
        times = rounds.take_turns(calls, count, WARM_UP, settle=True)
    result: Result = {"rounds": count}
    for label, pick in (("fastest", min), ("median", median)):
        rows: dict[str, dict[str, float]] = {}
        for (name, size), values in times.items():
            rows.setdefault(name, {})[str(size)] = round(pick(values), 4)
        result[f"{label}_ms"] = rows
    return result


def table(result: Result) -> str:
    """Render the result as the Markdown table that the page includes."""
    rows = []
    for size in BATCHES:
        cells = [str(size)]
        for times in (result["fastest_ms"][name] for name in ("mlp", "cnn")):
            gain = size * times["1"] / times[str(size)]
            cells += [f"{times[str(size)]:.3f}", f"{gain:.1f} {TIMES}"]
        rows.append(cells)
    where = machine.facts(result)
    count = result.get("rounds") or result["environment"]["rounds"]
    heads = ["batch", "MLP, ms", "MLP, rows/s against batch 1"]
    heads += ["CNN, ms", "CNN, rows/s against batch 1"]
    return (
        results.table(heads, rows, "r" * 5) + f"\n*{where.cpu}, {where.threads} thread,"
        f" torch {where.versions['torch']}, Python {where.python}, fp32 eager, fastest of"
        f" {count} rounds of one run on a shared virtual machine, {where.date}."
        " MLP: nine linear layers of width 64."
        " CNN: convolutions of 16 and 32 channels on images of 8 by 8 pixels."
        " `benchmarks/batching.py` measures it again on yours.*\n"
    )


def figures(result: Result) -> dict[str, float]:
    """Rows a second against one at a time, such as `mlp_64`."""
    return {
        f"{model}_{size}": round(int(size) * times["1"] / ms, 3)
        for model, times in result["fastest_ms"].items()
        for size, ms in times.items()
    }


BENCHMARK = Benchmark(
    "batching",
    "benchmarks/batching.py",
    measure,
    lambda result: {"batching": table(result)},
    threads=THREADS,
    figures=figures,
)

if __name__ == "__main__":
    BENCHMARK.main(__doc__)
