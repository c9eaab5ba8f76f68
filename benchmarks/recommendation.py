"""Measure the recommendation scenario: search, candidates, tables, service.

Run it without arguments, on a quiet machine (about two minutes):

    python benchmarks/recommendation.py

It writes results/recommendation.json and four tables beside it. Everything
uses one thread, except the service, which has its defaults. Times are the
median over rounds in which all variants take turns.
"""

import asyncio
import subprocess
import sys
import time
from argparse import Namespace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from harness import load, machine, results, rounds, service
from harness.results import TIMES
from harness.script import Benchmark, Result, work_folder
from torch import nn

SCRIPT = "benchmarks/recommendation.py"
COUNTS = (10_000, 50_000, 200_000)
CANDIDATES = (1, 10, 100, 500)
ROWS = (10_000, 1_000_000)
REQUESTS, RATES = 1500, (30, 60, 90)


def search(counts: tuple[int, ...], times: int) -> list[dict[str, Any]]:
    """Exact against approximate search; vectors lie in 600 clusters."""
    from search import as_queries, build_index

    found = []
    generator = np.random.default_rng(0)
    centers = generator.normal(size=(600, 33)).astype(np.float32)
    for count in counts:
        noise = generator.normal(0, 0.6, (count, 33)).astype(np.float32)
        vectors = centers[generator.integers(600, size=count)] + noise
        queries = centers[:100] + generator.normal(0, 0.6, (100, 33)).astype(np.float32)
        matrix = torch.from_numpy(vectors)
        start = time.perf_counter()
        index = build_index(vectors)
        built = time.perf_counter() - start
        index.set_num_threads(1)
        index.save_index("measured.hnsw")
        asked = iter(range(10**9))

        def query(
            matrix: torch.Tensor = matrix,
            q: Any = queries,
            asked: Any = asked,
        ) -> Any:
            one = torch.from_numpy(q[next(asked) % 100])
            return (matrix @ one).topk(100).indices

        def near(index: Any = index, q: Any = queries, asked: Any = asked) -> Any:
            n = next(asked) % 100
            return index.knn_query(as_queries(q[n : n + 1]), k=100)[0]

        truly = [set((matrix @ torch.from_numpy(q)).topk(100).indices.tolist()) for q in queries]
        row: dict[str, Any] = {
            "vectors": count,
            "vectors_mb": vectors.nbytes / 1e6,
            "index_mb": Path("measured.hnsw").stat().st_size / 1e6,
            "build_s": built,
            "ef": {},
        }
        for ef in (100, 400):
            index.set_ef(ef)
            took = rounds.medians(rounds.take_turns({"exact": query, "index": near}, times))
            got = index.knn_query(as_queries(queries), k=100)[0].tolist()
            share = [len(t & {*g}) / 100 for t, g in zip(truly, got, strict=True)]
            row["ef"][str(ef)] = took | {"recall": float(np.mean(share))}
        found.append(row)
    return found


def candidates(times: int) -> dict[str, dict[str, float]]:
    """One call for all candidates against one call for each."""
    from ranker import Ranker

    torch.manual_seed(0)
    model = Ranker(10_000, 10_000, 20).eval()
    size = torch.export.Dim("candidates", min=1, max=500)
    user = (torch.tensor([[5]]), torch.arange(20)[None], torch.zeros(1, 2))
    items = (
        torch.randint(10_000, (500, 1)),
        torch.randint(20, (500, 3)),
        torch.randn(500, 3),
    )
    form = (None, None, None, *[{0: size}] * 3)
    program = torch.export.export(model, (*user, *items), dynamic_shapes=form)
    run = program.module()
    found = {}
    with torch.inference_mode():
        for count in CANDIDATES:
            some = [tensor[:count] for tensor in items]

            def together(some: Any = some) -> None:
                run(*user, *some)

            def alone(some: Any = some, count: int = count) -> None:
                for n in range(count):
                    run(*user, *(tensor[n : n + 1] for tensor in some))

            calls = {"together": together, "alone": alone}
            found[str(count)] = rounds.medians(rounds.take_turns(calls, times))
    return found


def tables(counts: tuple[int, ...], times: int) -> dict[str, dict[str, float]]:
    """256 bags of 20 rows, width 64, in fp32 and int8."""
    from int8_tables import Int8Bag

    found = {}
    for count in counts:
        torch.manual_seed(0)
        fp32 = nn.EmbeddingBag(count, 64, mode="mean")
        int8 = Int8Bag(fp32)
        bags = [torch.randint(count, (256, 20)) for _ in range(50)]
        turn = iter(range(10**9))
        with torch.inference_mode():
            calls = {
                "fp32": lambda m=fp32, b=bags, turn=turn: m(b[next(turn) % 50]),
                "int8": lambda m=int8, b=bags, turn=turn: m(b[next(turn) % 50]),
            }
            took = rounds.medians(rounds.take_turns(calls, times))
        found[str(count)] = took | {
            "fp32_mb": fp32.weight.nbytes / 1e6,
            "int8_mb": int8.rows.nbytes / 1e6,
        }
    return found


async def ask(url: str, rate: int, count: int) -> dict[str, Any]:
    """Poisson arrivals of known users: latencies, and why each answer was given."""
    import httpx

    users = np.random.default_rng(rate).integers(1, 1001, count).tolist()
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:

        async def send(number: int, due: float) -> str:
            answer = await client.post("/v1/recommend", json={"user": users[number]})
            answer.raise_for_status()
            return str(answer.json()["because"])

        done = await load.open_loop(send, rate, count, seed=rate)
    return done.percentiles() | {"because": done.counts()}


def serve(folder: Path, quick: bool) -> dict[str, Any]:
    """The service at several rates."""
    subprocess.run([sys.executable, "build_recommender.py"], check=True)
    count, rates = (20, RATES[:1]) if quick else (REQUESTS, RATES)
    with service.serving("recommendation_server:create_app", folder) as server:
        return {str(rate): asyncio.run(ask(server.url, rate, count)) for rate in rates}


def measure(options: Namespace) -> Result:
    quick = options.quick
    times = 3 if quick else 200
    with work_folder("scenarios/recommendation-service", "scenarios/recommendation-tables") as here:
        return {
            "search": search(COUNTS[:1] if quick else COUNTS, times),
            "candidates": candidates(1 if quick else 20),
            "tables": tables(ROWS[:1] if quick else ROWS, times),
            "service": serve(here, quick),
        }


def search_table(found: Result) -> str:
    heads = ["vectors", "MB", "index, MB", "build, s", "exact, ms", "ef", "index, ms", "faster"]
    rows = [
        (
            f"{row['vectors']:,}",
            f"{row['vectors_mb']:.0f}",
            f"{row['index_mb']:.0f}",
            f"{row['build_s']:.1f}",
            f"{took['exact']:.2f}",
            ef,
            f"{took['index']:.2f}",
            f"{took['exact'] / took['index']:.1f} {TIMES}",
            f"{took['recall']:.2f}",
        )
        for row in found["search"]
        for ef, took in row["ef"].items()
    ]
    how = "One query, one thread; 33 components, 600 clusters; median of 200."
    text = results.table([*heads, "recall of the exact 100"], rows, "r" * 9)
    return text + "\n" + machine.note(found, how, SCRIPT)


def candidates_table(found: Result) -> str:
    rows = [
        (
            count,
            f"{took['together']:.2f}",
            f"{took['alone']:.2f}",
            f"{took['alone'] / took['together']:.1f} {TIMES}",
        )
        for count, took in found["candidates"].items()
    ]
    heads = ["candidates", "one call for all, ms", "one call for each, ms", ""]
    how = "The exported ranker, one thread; median of 20 rounds."
    return results.table(heads, rows, "r" * 4) + "\n" + machine.note(found, how, SCRIPT)


def tables_table(found: Result) -> str:
    rows = [
        (
            f"{int(count):,}",
            f"{row['fp32_mb']:.1f}",
            f"{row['int8_mb']:.1f}",
            f"{row['fp32']:.3f}",
            f"{row['int8']:.3f}",
            f"{row['fp32'] / row['int8']:.1f} {TIMES}",
        )
        for count, row in found["tables"].items()
    ]
    heads = ["rows", "fp32, MB", "int8, MB", "fp32, ms", "int8, ms", "faster"]
    how = "256 bags of 20 random rows of 64 numbers, one thread; median of 200."
    return results.table(heads, rows, "r" * 6) + "\n" + machine.note(found, how, SCRIPT)


def service_table(found: Result) -> str:
    rows = [
        (
            rate,
            load.shown(row["p50_ms"]),
            load.shown(row["p99_ms"]),
            ", ".join(f"{n} {name}" for name, n in row["because"].items()),
        )
        for rate, row in found["service"].items()
    ]
    count = next(iter(found["service"].values())).get("requests", 1500)
    how = (
        f"{count:,} requests each, Poisson arrivals, timed from when they"
        " were due; client and server share the cores."
    )
    heads = ["requests a second", "p50, ms", "p99, ms", "answers"]
    return results.table(heads, rows, "rrrl") + "\n" + machine.note(found, how, SCRIPT)


def make_tables(found: Result) -> dict[str, str]:
    return {
        "recommendation-search": search_table(found),
        "recommendation-candidates": candidates_table(found),
        "recommendation-tables": tables_table(found),
        "recommendation-service": service_table(found),
    }


def figures(result: Result) -> dict[str, float]:
    """`candidates_100` and `table_1000000`: times faster together, and in int8."""
    together = {
        f"candidates_{count}": round(ms["alone"] / ms["together"], 3)
        for count, ms in result["candidates"].items()
    }
    int8 = {
        f"table_{rows}": round(ms["fp32"] / ms["int8"], 3) for rows, ms in result["tables"].items()
    }
    return together | int8


BENCHMARK = Benchmark(
    "recommendation",
    SCRIPT,
    measure,
    make_tables,
    packages=("torch", "hnswlib"),
    threads=1,
    figures=figures,
)

if __name__ == "__main__":
    BENCHMARK.main(__doc__)
