"""What a step of generation costs: by batch, for a prompt, and when guessing.

Run it without arguments, on a quiet machine (about a minute):

    python benchmarks/generation.py

It writes results/generation.json and .md. The decoder is that of
docs/outlook/llm-generation.md, wider and deeper so that its weights do not
fit into the processor's caches, and untrained, which changes no time. Each
round visits every case, and each is compared with a step of one request in
the same round. Time is the processor's, of one thread, which other programs
on the machine disturb less than the clock on the wall.
"""

import json
import os
import platform
import statistics
import sys
import time
from datetime import date
from importlib.metadata import version
from pathlib import Path

import torch

HERE = Path(__file__).parent
RESULTS = HERE / "results"
sys.path.insert(0, str(HERE.parent / "examples/outlook/llm-generation"))

from decoder import Decoder
from roofline import processor

ROUNDS = 9
CASES = {
    "1 request, 1 token": (1, 1),
    "1 request, 5 tokens (4 guesses checked)": (1, 5),
    "4 requests, 1 token each": (4, 1),
    "16 requests, 1 token each": (16, 1),
    "1 request, prompt of 128 tokens": (1, 128),
}


def measure(model: Decoder) -> dict[str, list[float]]:
    """Return milliseconds by case and round."""
    times: dict[str, list[float]] = {name: [] for name in CASES}
    caches = {rows: model.cache(rows) for rows, _ in CASES.values()}
    with torch.inference_mode():
        for number in range(ROUNDS + 1):  # the first warms up
            for name, (rows, count) in CASES.items():
                tokens = torch.zeros(rows, count, dtype=torch.long)
                starts = torch.full((rows,), 0 if count > 8 else 100)
                start = time.process_time()
                model(tokens, starts, caches[rows])
                if number:
                    times[name].append((time.process_time() - start) * 1e3)
    return times


def table(result: dict) -> str:
    """Return the Markdown that the page includes."""
    where = result["environment"]
    lines = ["| One pass over | time, one token = 1 | time for each token |", "|---|--:|--:|"]
    for name, (rows, count) in CASES.items():
        low, middle, high = result["ratios"][name]
        lines.append(
            f"| {name} | **{middle:.1f}** ({low:.1f} to {high:.1f}) | {middle / rows / count:.2f} |"
        )
    lines += [
        "",
        f"*A decoder with {result['weights'] / 1e6:.0f} million fp32 weights, "
        f"{where['processor']}; "
        f"the step of one token took {result['ms']:.0f} ms of processor time. "
        f"torch {where['torch']}, Python {where['python']}, {where['date']}, "
        f"medians of {ROUNDS} rounds (quartiles), load average at the start {where['load']}. "
        "`benchmarks/generation.py` measures it again on yours.*",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure once, then write the JSON and the table."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    load = f"{os.getloadavg()[0]:.1f}"
    model = Decoder(1000, width=1024, layers=8, heads=16).eval().requires_grad_(False)
    times = measure(model)
    base = times["1 request, 1 token"]
    result = {
        "environment": {
            "processor": processor(),
            "torch": version("torch"),
            "python": platform.python_version(),
            "date": date.today().isoformat(),
            "load": load,
        },
        "weights": sum(p.numel() for p in model.parameters()),
        "ms": round(statistics.median(base), 2),
        "ratios": {
            name: [
                round(q, 3)
                for q in statistics.quantiles([t / b for t, b in zip(own, base, strict=True)], n=4)
            ]
            for name, own in times.items()
        },
    }
    (RESULTS / "generation.json").write_text(json.dumps(result, indent=1) + "\n")
    (RESULTS / "generation.md").write_text(table(result))
    print(table(result))


if __name__ == "__main__":
    main()
