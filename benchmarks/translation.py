"""Measure the translation scenario: what the cache saves, and the stream.

Run it without arguments, on a quiet machine (about two minutes):

    python benchmarks/translation.py

It writes results/translation.json and two tables beside it. The cache is
measured with one thread, the median of rounds in which all variants take
turns; the service has one thread as well.
"""

import asyncio
import json
import os
import platform
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import torch

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks/results"
FOLDERS = [
    "best-practices/service",
    "scenarios/machine-translation",
    "scenarios/machine-translation-score",
    "scenarios/machine-translation-weights",
    "scenarios/machine-translation-search",
    "scenarios/machine-translation-model",
    "scenarios/machine-translation-export",
    "scenarios/machine-translation-service",
    "scenarios/translation-weights",
]
LENGTHS, BATCHES, ROUNDS = (4, 16, 64), (1, 8, 32), 5
REQUESTS, RATES = 400, (10, 30, 60)


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


def cache() -> list[dict[str, Any]]:
    """Decode a fixed number of pieces, with the cache and without."""
    from exported import Exported
    from weights import load

    model, _, _ = load(Path("weights"))
    steps = Exported(Path("artefact"))
    found = []
    for batch in BATCHES:
        source = torch.randint(300, 3000, (batch, 12))
        pieces = torch.randint(300, 3000, (batch, 64))
        for length in LENGTHS:

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
                took = rounds(
                    {
                        "without": without,
                        "eager": lambda kept=kept: kept(model),
                        "exported": lambda kept=kept: kept(steps),
                    },
                    ROUNDS,
                )
            found.append({"batch": batch, "pieces": length, "ms": took})
    return found


async def ask(url: str, rate: int, texts: list[str]) -> dict[str, Any]:
    """Poisson arrivals; a request is timed from when it was due."""
    import httpx

    chance = random.Random(rate)
    firsts: list[float] = []
    gaps: list[float] = []
    pieces = 0

    async with httpx.AsyncClient(base_url=url, timeout=60) as client:

        async def one(due: float, text: str) -> None:
            nonlocal pieces
            await asyncio.sleep(due - time.monotonic())
            body = {"text": text, "stream": True}
            times = []
            path = "/v1/translate"
            async with client.stream("POST", path, json=body) as answer:
                answer.raise_for_status()
                async for line in answer.aiter_lines():
                    if line.startswith("data: {"):
                        times.append(time.monotonic())
                        last = json.loads(line[6:])
            firsts.append((times[0] - due) * 1e3)
            pieces += last["pieces"]
            if last["pieces"] > 1:
                gap = (times[-1] - times[0]) / (last["pieces"] - 1)
                gaps.append(gap * 1e3)

        begin = due = time.monotonic()
        asking = []
        for _ in range(REQUESTS):
            due += chance.expovariate(rate)
            asking.append(one(due, chance.choice(texts)))
        await asyncio.gather(*asking)
        seconds = time.monotonic() - begin
    return {
        "first_p50_ms": float(np.quantile(firsts, 0.5)),
        "first_p99_ms": float(np.quantile(firsts, 0.99)),
        "piece_p50_ms": float(np.quantile(gaps, 0.5)),
        "piece_p99_ms": float(np.quantile(gaps, 0.99)),
        "pieces_per_s": pieces / seconds,
    }


def stream() -> dict[str, Any]:
    import httpx
    from catalogues import load_pairs

    pairs = load_pairs(Path("weights/pairs.json"))["test"]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "--factory"]
    command += ["translation_server:create_app", "--port", str(port)]
    settings = os.environ | {
        "SERVICE_ANONYMOUS": "true",
        "SERVICE_THREADS": "1",
        "SERVICE_DEADLINE_S": "60",
        "SERVICE_MAX_QUEUE": "1000",
        "SERVICE_REQUESTS_PER_S": "1000",
    }
    with Path("server.log").open("w") as log:
        process = subprocess.Popen(command, stderr=log, env=settings)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(120):
            try:
                if httpx.get(f"{url}/readyz").status_code == 200:
                    break
            except httpx.ConnectError:
                pass
            time.sleep(0.5)
        texts = [pair.english for pair in pairs]
        asyncio.run(ask(url, 60, texts[:50]))  # to warm up
        return {str(rate): asyncio.run(ask(url, rate, texts)) for rate in RATES}
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
        "python": platform.python_version(),
        "date": date.today().isoformat(),
    }


def source(found: dict[str, Any], how: str) -> str:
    where = found["environment"]
    return (
        f"\n*{where['cpu']} ({where['capability']}), {where['cores']} cores of"
        f" a shared virtual machine, torch {where['torch']}, Python"
        f" {where['python']}, {where['date']}. {how}"
        " `benchmarks/translation.py` measures it again on yours.*\n"
    )


def cache_table(found: dict[str, Any]) -> str:
    lines = [
        "| texts at once | pieces each | no cache, pieces/s "
        "| cache, pieces/s | exported, pieces/s |",
        "|--:|--:|--:|--:|--:|",
    ]
    for row in found["cache"]:
        count = row["batch"] * row["pieces"] * 1e3
        rates = [f"{count / row['ms'][name]:,.0f}" for name in ("without", "eager", "exported")]
        lines.append(f"| {row['batch']} | {row['pieces']} | {' | '.join(rates)} |")
    how = "One thread, encoder included; median of 5 rounds."
    return "\n".join(lines) + "\n" + source(found, how)


def stream_table(found: dict[str, Any]) -> str:
    lines = [
        "| requests a second | first text, p50 ms | p99 ms "
        "| each further piece, p50 ms | p99 ms | pieces/s |",
        "|--:|--:|--:|--:|--:|--:|",
    ]
    for rate, row in found["stream"].items():
        lines.append(
            f"| {rate} | {row['first_p50_ms']:.1f} | {row['first_p99_ms']:.1f}"
            f" | {row['piece_p50_ms']:.1f} | {row['piece_p99_ms']:.1f}"
            f" | {row['pieces_per_s']:.0f} |"
        )
    how = (
        f"{REQUESTS} requests each, Poisson arrivals, timed from when they"
        " were due; one thread; client and server share the cores."
    )
    return "\n".join(lines) + "\n" + source(found, how)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        for folder in FOLDERS:
            shutil.copytree(ROOT / "examples" / folder, name, dirs_exist_ok=True)
        os.chdir(name)
        sys.path.insert(0, name)
        torch.set_num_threads(1)
        build = [sys.executable, "build_translator.py"]
        subprocess.run(build, check=True)
        found = {
            "environment": environment(),
            "cache": cache(),
            "stream": stream(),
        }
        os.chdir(ROOT)
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / "translation.json"
    path.write_text(json.dumps(found, indent=2) + "\n")
    for part, table in (("cache", cache_table), ("stream", stream_table)):
        text = table(found)
        (RESULTS / f"translation-{part}.md").write_text(text)
        print(text)


if __name__ == "__main__":
    main()
