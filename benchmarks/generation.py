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

import time
from argparse import Namespace
from statistics import median

import torch
from harness import machine, results
from harness.rounds import quartiles, ratios, take_turns
from harness.script import Benchmark, Result, import_from

ROUNDS = 9
ONE = "1 request, 1 token"
CASES = {
    ONE: (1, 1),
    "1 request, 5 tokens (4 guesses checked)": (1, 5),
    "4 requests, 1 token each": (4, 1),
    "16 requests, 1 token each": (16, 1),
    "1 request, prompt of 128 tokens": (1, 128),
}


def measure(options: Namespace) -> Result:
    """Return quartiles of every case against a step of one request in the same round."""
    import_from("outlook/llm-generation")
    from decoder import Decoder

    torch.manual_seed(0)
    layers, rounds = (1, 1) if options.quick else (8, ROUNDS)
    model = Decoder(1000, width=1024, layers=layers, heads=16).eval().requires_grad_(False)
    caches = {rows: model.cache(rows) for rows, _ in CASES.values()}
    inputs = {
        name: (
            torch.zeros(rows, count, dtype=torch.long),
            torch.full((rows,), 0 if count > 8 else 100),
            caches[rows],
        )
        for name, (rows, count) in CASES.items()
    }
    calls = {name: lambda given=given: model(*given) for name, given in inputs.items()}
    with torch.inference_mode():
        times = take_turns(calls, rounds, clock=time.process_time)
    return {
        "rounds": rounds,
        "weights": sum(p.numel() for p in model.parameters()),
        "ms": round(median(times[ONE]), 2),
        "ratios": {
            name: [round(q, 3) for q in quartiles(ratios(own, times[ONE]), "exclusive")]
            for name, own in times.items()
        },
    }


def table(result: Result) -> str:
    """Return the Markdown that the page includes."""
    rows = []
    for name, (requests, count) in CASES.items():
        low, middle, high = result["ratios"][name]
        rows.append(
            (
                name,
                f"**{middle:.1f}** ({low:.1f} to {high:.1f})",
                f"{middle / requests / count:.2f}",
            )
        )
    where = machine.facts(result)
    heads = ["One pass over", "time, one token = 1", "time for each token"]
    return (
        f"{results.table(heads, rows)}\n"
        f"*A decoder with {result['weights'] / 1e6:.0f} million fp32 weights, "
        f"{where.processor}; the step of one token took {result['ms']:.0f} ms of processor time. "
        f"torch {where.versions['torch']}, Python {where.python}, {where.date}, "
        f"medians of {result.get('rounds', ROUNDS)} rounds (quartiles), "
        f"load average at the start {where.load}. "
        "`benchmarks/generation.py` measures it again on yours.*\n"
    )


BENCHMARK = Benchmark(
    "generation",
    "benchmarks/generation.py",
    measure,
    lambda result: {"generation": table(result)},
    threads=1,
)

if __name__ == "__main__":
    BENCHMARK.main(__doc__)
