"""Measure the translation scenario: what the cache saves, and the stream.

Run it without arguments, on a quiet machine (about two minutes):

    python benchmarks/translation.py

It writes results/translation.json and two tables beside it. The cache is
measured with one thread, the median of rounds in which all variants take
turns; the service has one thread as well.
"""

import asyncio
import json
import random
import subprocess
import sys
import time
from argparse import Namespace
from pathlib import Path
from typing import Any

import torch
from harness import load, machine, results, rounds, service
from harness.script import Benchmark, Result, work_folder

SCRIPT = "benchmarks/translation.py"
LENGTHS, BATCHES, ROUNDS = (4, 16, 64), (1, 8, 32), 5
REQUESTS, RATES = 500, (10, 30, 60)
SETTINGS = {
    "SERVICE_THREADS": "1",
    "SERVICE_DEADLINE_S": "60",
    "SERVICE_MAX_QUEUE": "1000",
    "SERVICE_REQUESTS_PER_S": "1000",
}


def cache(batches: tuple[int, ...], lengths: tuple[int, ...], times: int) -> list[dict[str, Any]]:
    """Decode a fixed number of pieces, with the cache and without."""
    from exported import Exported
    from weights import load as load_weights

    model, _, _ = load_weights(Path("weights"))
    steps = Exported(Path("artifact"))
    found = []
    for batch in batches:
        source = torch.randint(300, 3000, (batch, 12))
        pieces = torch.randint(300, 3000, (batch, 64))
        for length in lengths:

            def without(source: Any = source, pieces: Any = pieces, n: int = length) -> None:
                cross = model.encode(source)
                nothing = model.nothing(len(source))
                for k in range(1, n + 1):
                    model.decode(pieces[:, :k], source, cross, nothing)

            def kept(of: Any, source: Any = source, p: Any = pieces, n: int = length) -> None:
                cross = of.encode(source)
                past = of.nothing(len(source))
                for k in range(n):
                    _, past = of.decode(p[:, k : k + 1], source, cross, past)

            with torch.inference_mode():
                calls = {
                    "without": without,
                    "eager": lambda kept=kept: kept(model),
                    "exported": lambda kept=kept: kept(steps),
                }
                took = rounds.medians(rounds.take_turns(calls, times))
            found.append({"batch": batch, "pieces": length, "ms": took})
    return found


async def ask(url: str, rate: int, texts: list[str], count: int) -> dict[str, Any]:
    """Poisson arrivals: from when a request was due to its first piece, and between pieces."""
    import httpx

    chosen = random.Random(rate).choices(texts, k=count)
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:

        async def send(number: int, due: float) -> dict[str, Any]:
            body = {"text": chosen[number], "stream": True}
            times = []
            async with client.stream("POST", "/v1/translate", json=body) as answer:
                answer.raise_for_status()
                async for line in answer.aiter_lines():
                    if line.startswith("data: {"):
                        times.append(time.monotonic())
                        pieces = json.loads(line[6:])["pieces"]
            gap = (times[-1] - times[0]) / (pieces - 1) * 1e3 if pieces > 1 else None
            return {"first": (times[0] - due) * 1e3, "gap": gap, "pieces": pieces}

        done = await load.open_loop(send, rate, count, seed=rate)
    answers = [answer for answer in done.answers if isinstance(answer, dict)]
    firsts = [answer["first"] for answer in answers]
    firsts += [float("inf")] * (count - len(answers))
    gaps = [answer["gap"] for answer in answers if answer["gap"] is not None]
    return {
        "requests": count,
        "answered": len(answers),
        "first_p50_ms": load.quantile(firsts, 0.5),
        "first_p99_ms": load.quantile(firsts, 0.99),
        "piece_p50_ms": load.quantile(gaps, 0.5),
        "piece_p99_ms": load.quantile(gaps, 0.99),
        "pieces_per_s": sum(answer["pieces"] for answer in answers) / done.seconds,
    }


def stream(folder: Path, quick: bool) -> dict[str, Any]:
    """The service at several rates."""
    from catalogues import load_pairs

    texts = [pair.english for pair in load_pairs(Path("weights/pairs.json"))["test"]]
    count, rates = (20, RATES[:1]) if quick else (REQUESTS, RATES)
    with service.serving("translation_server:create_app", folder, SETTINGS) as server:
        asyncio.run(ask(server.url, 60, texts[:50], count))  # to warm up
        return {str(rate): asyncio.run(ask(server.url, rate, texts, count)) for rate in rates}


def measure(options: Namespace) -> Result:
    quick = options.quick
    with work_folder("scenarios/machine-translation-service") as folder:
        subprocess.run([sys.executable, "build_translator.py"], check=True)
        sizes = (BATCHES[:1], LENGTHS[:1], 1) if quick else (BATCHES, LENGTHS, ROUNDS)
        return {"cache": cache(*sizes), "stream": stream(folder, quick)}


def cache_table(found: Result) -> str:
    names = ("without", "eager", "exported")
    rows = []
    for row in found["cache"]:
        count = row["batch"] * row["pieces"] * 1e3
        rates = [f"{count / row['ms'][name]:,.0f}" for name in names]
        rows.append((row["batch"], row["pieces"], *rates))
    heads = ["texts at once", "pieces each", "no cache, pieces/s", "cache, pieces/s"]
    how = "One thread, encoder included; median of 5 rounds."
    text = results.table([*heads, "exported, pieces/s"], rows, "r" * 5)
    return text + "\n" + machine.note(found, how, SCRIPT)


def stream_table(found: Result) -> str:
    keys = ("first_p50_ms", "first_p99_ms", "piece_p50_ms", "piece_p99_ms")
    rows = [
        (rate, *(load.shown(row[key]) for key in keys), f"{row['pieces_per_s']:.0f}")
        for rate, row in found["stream"].items()
    ]
    heads = ["requests a second", "first text, p50 ms", "p99 ms"]
    heads += ["each further piece, p50 ms", "p99 ms", "pieces/s"]
    count = next(iter(found["stream"].values())).get("requests", 400)
    how = (
        f"{count} requests each, Poisson arrivals, timed from when they"
        " were due; one thread; client and server share the cores."
    )
    return results.table(heads, rows, "r" * 6) + "\n" + machine.note(found, how, SCRIPT)


def make_tables(found: Result) -> dict[str, str]:
    return {"translation-cache": cache_table(found), "translation-stream": stream_table(found)}


def figures(result: Result) -> dict[str, float]:
    """Times faster with the cache, exported, such as `batch_8_pieces_64`."""
    return {
        f"batch_{found['batch']}_pieces_{found['pieces']}": round(
            found["ms"]["without"] / found["ms"]["exported"], 3
        )
        for found in result["cache"]
    }


BENCHMARK = Benchmark("translation", SCRIPT, measure, make_tables, threads=1, figures=figures)

if __name__ == "__main__":
    BENCHMARK.main(__doc__)
