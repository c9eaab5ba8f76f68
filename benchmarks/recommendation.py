"""Measure the recommendation scenario: search, candidates, tables, service.

Run it without arguments, on a quiet machine (about two minutes):

    python benchmarks/recommendation.py

It writes results/recommendation.json and four tables beside it. Everything
uses one thread, except the service, which has its defaults. Times are the
median over rounds in which all variants take turns.
"""

import asyncio
import json
import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks/results"
FOLDERS = [
    "best-practices/service",
    "scenarios/recommendation",
    "scenarios/recommendation-retrieval",
    "scenarios/recommendation-ranking",
    "scenarios/recommendation-tables",
    "scenarios/recommendation-build",
    "scenarios/recommendation-service",
]
COUNTS = (10_000, 50_000, 200_000)
CANDIDATES = (1, 10, 100, 500)
ROWS = (10_000, 1_000_000)
REQUESTS, RATES = 1500, (30, 60, 90)
TIMES = "\N{MULTIPLICATION SIGN}"


def rounds(calls: dict[str, Callable[[], Any]], count: int) -> dict[str, float]:
    """Median milliseconds of each, all taking turns; one round warms up."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(count + 1):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            if number:
                times[name].append((time.perf_counter() - start) * 1e3)
    return {name: statistics.median(own) for name, own in times.items()}


def search() -> list[dict[str, Any]]:
    """Exact against approximate search; vectors lie in 600 clusters."""
    from search import as_queries, build_index

    found = []
    generator = np.random.default_rng(0)
    centres = generator.normal(size=(600, 33)).astype(np.float32)
    for count in COUNTS:
        noise = generator.normal(0, 0.6, (count, 33)).astype(np.float32)
        vectors = centres[generator.integers(600, size=count)] + noise
        queries = centres[:100] + generator.normal(0, 0.6, (100, 33)).astype(np.float32)
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
            took = rounds({"exact": query, "index": near}, 200)
            got = index.knn_query(as_queries(queries), k=100)[0].tolist()
            share = [len(t & {*g}) / 100 for t, g in zip(truly, got, strict=True)]
            row["ef"][ef] = took | {"recall": float(np.mean(share))}
        found.append(row)
    return found


def candidates() -> dict[int, dict[str, float]]:
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

            found[count] = rounds({"together": together, "alone": alone}, 20)
    return found


def tables() -> dict[int, dict[str, float]]:
    """256 bags of 20 rows, width 64, in fp32 and int8."""
    from int8_tables import Int8Bag

    found = {}
    for count in ROWS:
        torch.manual_seed(0)
        fp32 = nn.EmbeddingBag(count, 64, mode="mean")
        int8 = Int8Bag(fp32)
        bags = [torch.randint(count, (256, 20)) for _ in range(50)]
        turn = iter(range(10**9))
        with torch.inference_mode():
            took = rounds(
                {
                    "fp32": lambda m=fp32, b=bags, turn=turn: m(b[next(turn) % 50]),
                    "int8": lambda m=int8, b=bags, turn=turn: m(b[next(turn) % 50]),
                },
                200,
            )
        found[count] = took | {
            "fp32_mb": fp32.weight.nbytes / 1e6,
            "int8_mb": int8.rows.nbytes / 1e6,
        }
    return found


async def ask(url: str, rate: int) -> dict[str, Any]:
    """Poisson arrivals; a request is timed from when it was due."""
    import httpx

    generator = np.random.default_rng(rate)
    due = np.cumsum(generator.exponential(1 / rate, REQUESTS)).tolist()
    users = generator.integers(1, 1001, REQUESTS).tolist()
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        begin = time.monotonic()

        async def one(at: float, user: int) -> tuple[float, str]:
            await asyncio.sleep(begin + at - time.monotonic())
            answer = await client.post("/v1/recommend", json={"user": user})
            assert answer.status_code == 200, answer.text
            late = time.monotonic() - begin - at
            return late * 1e3, answer.json()["because"]

        found = await asyncio.gather(*map(one, due, users))
    times = np.array([ms for ms, _ in found])
    because = [why for _, why in found]
    return {
        "p50_ms": float(np.quantile(times, 0.5)),
        "p99_ms": float(np.quantile(times, 0.99)),
        "because": {why: because.count(why) for why in sorted(set(because))},
    }


def service() -> dict[str, Any]:
    import httpx

    subprocess.run([sys.executable, "build_recommender.py"], check=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "--factory"]
    command += ["recommendation_server:create_app", "--port", str(port)]
    with Path("server.log").open("w") as log:
        anonymous = os.environ | {"SERVICE_ANONYMOUS": "true"}
        process = subprocess.Popen(command, env=anonymous, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(120):
            try:
                if httpx.get(f"{url}/readyz").status_code == 200:
                    break
            except httpx.ConnectError:
                pass
            time.sleep(0.5)
        return {str(rate): asyncio.run(ask(url, rate)) for rate in RATES}
    finally:
        process.terminate()
        process.wait(30)


def environment() -> dict[str, str]:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [s.partition(": ")[2] for s in lines if s.startswith("model name")]
    return {
        "cpu": names[0] if names else platform.processor(),
        "capability": torch.backends.cpu.get_cpu_capability(),
        "cores": str(len(os.sched_getaffinity(0))),
        "torch": torch.__version__,
        "hnswlib": version("hnswlib"),
        "python": platform.python_version(),
        "date": date.today().isoformat(),
    }


def source(found: dict[str, Any], how: str) -> str:
    where = found["environment"]
    return (
        f"\n*{where['cpu']} ({where['capability']}), {where['cores']} cores of"
        f" a shared virtual machine, torch {where['torch']}, hnswlib"
        f" {where['hnswlib']}, Python {where['python']}, {where['date']}."
        f" {how} `benchmarks/recommendation.py` measures it again on yours.*\n"
    )


def search_table(found: dict[str, Any]) -> str:
    lines = [
        "| vectors | MB | index, MB | build, s | exact, ms | ef "
        "| index, ms | faster | recall of the exact 100 |",
        "|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in found["search"]:
        for ef, took in row["ef"].items():
            lines.append(
                f"| {row['vectors']:,} | {row['vectors_mb']:.0f}"
                f" | {row['index_mb']:.0f} | {row['build_s']:.1f}"
                f" | {took['exact']:.2f} | {ef} | {took['index']:.2f}"
                f" | {took['exact'] / took['index']:.1f} {TIMES}"
                f" | {took['recall']:.2f} |"
            )
    how = "One query, one thread; 33 components, 600 clusters; median of 200."
    return "\n".join(lines) + "\n" + source(found, how)


def candidates_table(found: dict[str, Any]) -> str:
    lines = [
        "| candidates | one call for all, ms | one call for each, ms | |",
        "|--:|--:|--:|--:|",
    ]
    for count, took in found["candidates"].items():
        lines.append(
            f"| {count} | {took['together']:.2f} | {took['alone']:.2f}"
            f" | {took['alone'] / took['together']:.1f} {TIMES} |"
        )
    how = "The exported ranker, one thread; median of 20 rounds."
    return "\n".join(lines) + "\n" + source(found, how)


def tables_table(found: dict[str, Any]) -> str:
    lines = [
        "| rows | fp32, MB | int8, MB | fp32, ms | int8, ms | faster |",
        "|--:|--:|--:|--:|--:|--:|",
    ]
    for count, row in found["tables"].items():
        lines.append(
            f"| {count:,} | {row['fp32_mb']:.1f} | {row['int8_mb']:.1f}"
            f" | {row['fp32']:.3f} | {row['int8']:.3f}"
            f" | {row['fp32'] / row['int8']:.1f} {TIMES} |"
        )
    how = "256 bags of 20 random rows of 64 numbers, one thread; median of 200."
    return "\n".join(lines) + "\n" + source(found, how)


def service_table(found: dict[str, Any]) -> str:
    lines = [
        "| requests a second | p50, ms | p99, ms | answers |",
        "|--:|--:|--:|---|",
    ]
    for rate, row in found["service"].items():
        why = ", ".join(f"{n} {name}" for name, n in row["because"].items())
        lines.append(f"| {rate} | {row['p50_ms']:.1f} | {row['p99_ms']:.1f} | {why} |")
    how = (
        f"{REQUESTS:,} requests each, Poisson arrivals, timed from when they"
        " were due; client and server share the cores."
    )
    return "\n".join(lines) + "\n" + source(found, how)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        for folder in FOLDERS:
            shutil.copytree(ROOT / "examples" / folder, name, dirs_exist_ok=True)
        os.chdir(name)
        sys.path.insert(0, name)
        torch.set_num_threads(1)
        found = {
            "environment": environment(),
            "search": search(),
            "candidates": candidates(),
            "tables": tables(),
            "service": service(),
        }
        os.chdir(ROOT)
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / "recommendation.json"
    path.write_text(json.dumps(found, indent=2) + "\n")
    for part, table in (
        ("search", search_table),
        ("candidates", candidates_table),
        ("tables", tables_table),
        ("service", service_table),
    ):
        text = table(found)
        (RESULTS / f"recommendation-{part}.md").write_text(text)
        print(text)


if __name__ == "__main__":
    main()
