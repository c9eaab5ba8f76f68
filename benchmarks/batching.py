"""Measure the time of one forward pass against the size of the batch.

Run it from anywhere, without arguments, on a quiet machine (< 1 minute):

    python benchmarks/batching.py

It writes results/batching.json and .md beside this file. Both models and
all batches are timed in every round, one after another, so that noise from
other processes falls on all of them alike. The page fits the fastest round,
which is the one that was disturbed least; the medians are in the JSON.
"""

import json
import platform
import statistics
import time
from datetime import date
from importlib.metadata import version
from pathlib import Path

import torch
from torch import nn

RESULTS = Path(__file__).parent / "results"
BATCHES = (1, 2, 4, 8, 16, 32, 64)
ROUNDS = 300
WARM_UP = 3
TIMES = "\N{MULTIPLICATION SIGN}"
THREADS = 1  # one thread: no waiting at barriers for a busy neighbour


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


def measure() -> dict[str, dict[int, list[float]]]:
    """Return milliseconds by model and batch, one entry a round."""
    runs = [
        (name, size, model, torch.randn(size, *shape))
        for name, (model, shape) in models().items()
        for size in BATCHES
    ]
    found: dict[str, dict[int, list[float]]] = {}
    with torch.inference_mode():
        for round_ in range(WARM_UP + ROUNDS):
            for name, size, model, batch in runs:
                model(batch)  # bring this model's weights into the cache
                start = time.perf_counter()
                model(batch)
                elapsed = (time.perf_counter() - start) * 1e3
                if round_ >= WARM_UP:
                    found.setdefault(name, {}).setdefault(size, [])
                    found[name][size].append(elapsed)
    return found


def processor() -> str:
    """Return the processor's name, or the architecture's."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":")[1].strip()
    return platform.processor() or platform.machine()


def table(result: dict) -> str:
    """Render the result as the Markdown table that the page includes."""
    mlp, cnn = (result["fastest_ms"][name] for name in ("mlp", "cnn"))
    lines = [
        "| batch | MLP, ms | MLP, rows/s against batch 1 | CNN, ms | CNN, rows/s against batch 1 |",
        "|--:|--:|--:|--:|--:|",
    ]
    for size in BATCHES:
        cells = [str(size)]
        for times in (mlp, cnn):
            gain = size * times["1"] / times[str(size)]
            cells += [f"{times[str(size)]:.3f}", f"{gain:.1f} {TIMES}"]
        lines.append("| " + " | ".join(cells) + " |")
    where = result["environment"]
    lines += [
        "",
        f"*{where['cpu']}, {where['threads']} thread, torch {where['torch']},"
        f" Python {where['python']}, fp32 eager, fastest of"
        f" {where['rounds']} rounds of one run on a shared virtual machine,"
        f" {where['date']}."
        " MLP: nine linear layers of width 64."
        " CNN: convolutions of 16 and 32 channels on images of 8 by 8 pixels."
        " `benchmarks/batching.py` measures it again on yours.*",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure once, then write the JSON and the table."""
    torch.set_num_threads(THREADS)
    found = measure()
    result = {
        "environment": {
            "date": date.today().isoformat(),
            "cpu": processor(),
            "threads": torch.get_num_threads(),
            "torch": version("torch"),
            "python": platform.python_version(),
            "rounds": ROUNDS,
        },
        **{
            f"{label}_ms": {
                name: {str(size): round(pick(times[size]), 4) for size in times}
                for name, times in found.items()
            }
            for label, pick in (("fastest", min), ("median", statistics.median))
        },
    }
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / "batching.json"
    path.write_text(json.dumps(result, indent=2) + "\n")
    path.with_suffix(".md").write_text(table(result))
    print(table(result))


if __name__ == "__main__":
    main()
