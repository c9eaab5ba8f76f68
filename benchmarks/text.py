"""Measure the text scenario: number formats, padding, and the service.

Run it without arguments, on a quiet machine (about three minutes), with the
data of `make data`:

    python benchmarks/text.py

It writes results/text.json and three tables beside it. Models use one thread,
the service has its defaults. Times are the median over rounds in which all
variants take turns.
"""

import asyncio
import copy
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

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks/results"
FOLDERS = [
    "best-practices/service",
    "scenarios/text-classification-weights",
    "scenarios/text-classification",
    "scenarios/text-classification-build",
    "scenarios/text-classification-service",
]
COUNT, BATCH, ROUNDS = 400, 8, 15
REQUESTS, RATES = 600, (15, 25, 35)


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


def variants() -> list[dict[str, Any]]:
    """Formats of the same model: time, size, and what becomes of answers."""
    from build_text import export, get_model_path, shrink
    from encoder import Classifier, load_encoder
    from sentences import LABELS, load, sample
    from sklearn.metrics import f1_score
    from torchao.quantization import (
        Int8DynamicActivationInt8WeightConfig,
        quantize_,
    )
    from train import load_head
    from wordpieces import Wordpieces, pad

    wordpieces = Wordpieces(get_model_path())
    texts = sample(load(), "test", COUNT)
    truth = [s.source for s in texts]
    items = [wordpieces.encode(s.text, "head") for s in texts]
    model = Classifier(load_encoder(), load_head()).eval()
    models: dict[str, Any] = {"float32": model, "words in int8": shrink(model)}
    layers = copy.deepcopy(model)
    quantize_(layers.encoder.layers, Int8DynamicActivationInt8WeightConfig())
    models["layers in dynamic int8"] = layers
    models["bfloat16"] = copy.deepcopy(model).bfloat16()
    size = {
        name: sum(t.nbytes for t in own.state_dict().values()) / 1e6 for name, own in models.items()
    }
    size["layers in dynamic int8"] = size["float32"] - 3 / 4 * sum(
        p.nbytes / 1e6 for p in model.encoder.layers.parameters() if p.ndim == 2
    )
    export(models["words in int8"], Path("served.pt2"))
    served = torch.export.load("served.pt2").module()
    models["words in int8, exported"] = served
    size["words in int8, exported"] = Path("served.pt2").stat().st_size / 1e6

    def answers(model: Any) -> np.ndarray:
        with torch.inference_mode():
            found = [
                model(torch.from_numpy(pad(items[n : n + BATCH]))).float()
                for n in range(0, COUNT, BATCH)
            ]
        return torch.cat(found).numpy()

    exact = answers(model)
    batches = {length: torch.randint(1000, 20_000, (BATCH, length)) for length in (32, 128)}
    took = {}
    for length, batch in batches.items():

        def call(model: Any, batch: Any = batch) -> Callable[[], None]:
            def run() -> None:
                with torch.inference_mode():
                    model(batch)

            return run

        took[length] = rounds({name: call(own) for name, own in models.items()}, ROUNDS)
    found = []
    for name, own in models.items():
        got = answers(own)
        guesses = [LABELS[n] for n in got.argmax(1)]
        found.append({
            "name": name,
            "mb": size[name],
            "ms": {length: took[length][name] for length in took},
            "max_abs": float(np.abs(got - exact).max()),
            "flips": float((got.argmax(1) != exact.argmax(1)).mean()),
            "macro_f1": float(f1_score(truth, guesses, average="macro")),
        })  # fmt: skip
    return found


def padding() -> dict[str, float]:
    """A batch of eight short texts by what it is padded to."""
    from encoder import Classifier, load_encoder
    from train import load_head

    model = Classifier(load_encoder(), load_head()).eval()

    def call(length: int) -> Callable[[], None]:
        batch = torch.zeros(BATCH, length, dtype=torch.int64)
        batch[:, :16] = torch.randint(1000, 20_000, (BATCH, 16))

        def run() -> None:
            with torch.inference_mode():
                model(batch)

        return run

    lengths = (16, 32, 64, 128, 256)
    return rounds({str(n): call(n) for n in lengths}, 7)


async def ask(url: str, rate: int) -> dict[str, Any]:
    """One text a request, Poisson arrivals, timed from when it was due."""
    import httpx
    from sentences import load, sample

    texts = [s.text for s in sample(load(), "test", REQUESTS)]
    arrivals = np.cumsum(np.random.default_rng(0).exponential(1 / rate, REQUESTS))
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        begin = time.monotonic()

        async def one(at: float, text: str) -> tuple[float, int]:
            await asyncio.sleep(begin + at - time.monotonic())
            question = {"texts": [text], "truncation": "head"}
            answer = await client.post("/v1/classify", json=question)
            return time.monotonic() - begin - at, answer.status_code

        found = await asyncio.gather(*map(one, arrivals.tolist(), texts))
    seconds = np.array([late for late, _ in found])
    return {
        "p50_ms": float(np.median(seconds)) * 1e3,
        "p99_ms": float(np.quantile(seconds, 0.99)) * 1e3,
        "ok": [status for _, status in found].count(200),
    }


def service() -> dict[str, Any]:
    import httpx

    subprocess.run([sys.executable, "build_text.py"], check=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "--factory"]
    command += ["text_server:create_app", "--port", str(port)]
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
        "torchao": version("torchao"),
        "python": platform.python_version(),
        "date": date.today().isoformat(),
    }


def source(found: dict[str, Any], how: str) -> str:
    where = found["environment"]
    return (
        f"\n*{where['cpu']} ({where['capability']}), {where['cores']} cores of"
        f" a shared virtual machine, torch {where['torch']}, torchao"
        f" {where['torchao']}, Python {where['python']}, {where['date']}."
        f" {how} `benchmarks/text.py` measures it again on yours.*\n"
    )


def variants_table(found: dict[str, Any]) -> str:
    lines = [
        "| | MB | ms, 32 tokens | ms, 128 tokens | largest difference | other answers | macro-F1 |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for row in found["variants"]:
        ms = " | ".join(f"{value:.0f}" for value in row["ms"].values())
        lines.append(
            f"| {row['name']} | {row['mb']:.0f} | {ms} | {row['max_abs']:.3f}"
            f" | {row['flips']:.1%} | {row['macro_f1']:.3f} |"
        )
    how = (
        f"Batches of {BATCH}, one thread, median of {ROUNDS}; answers to"
        f" {COUNT} held-out sentences, against float32."
    )
    return "\n".join(lines) + "\n" + source(found, how)


def padding_table(found: dict[str, Any]) -> str:
    row = found["padding"]
    lines = [
        "| padded to | " + " | ".join(row) + " |",
        "|---|" + "--:|" * len(row),
        "| ms | " + " | ".join(f"{ms:.0f}" for ms in row.values()) + " |",
    ]
    how = f"{BATCH} texts of 16 tokens, float32, one thread, median of 7."
    return "\n".join(lines) + "\n" + source(found, how)


def service_table(found: dict[str, Any]) -> str:
    lines = [
        "| requests a second | p50, ms | p99, ms | answered |",
        "|--:|--:|--:|--:|",
    ]
    for rate, row in found["service"].items():
        lines.append(
            f"| {rate} | {row['p50_ms']:.0f} | {row['p99_ms']:.0f} | {row['ok']} of {REQUESTS} |"
        )
    how = (
        "One sentence a request, Poisson arrivals, timed from when they were"
        " due; client and server share the cores."
    )
    return "\n".join(lines) + "\n" + source(found, how)


def main() -> None:
    os.environ.setdefault("HANDBOOK_DATA", str(ROOT / "data"))
    with tempfile.TemporaryDirectory() as name:
        for folder in FOLDERS:
            shutil.copytree(ROOT / "examples" / folder, name, dirs_exist_ok=True)
        os.chdir(name)
        sys.path.insert(0, name)
        torch.set_num_threads(1)
        torch.manual_seed(0)
        found = {
            "environment": environment(),
            "variants": variants(),
            "padding": padding(),
            "service": service(),
        }
        os.chdir(ROOT)
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / "text.json"
    path.write_text(json.dumps(found, indent=2) + "\n")
    for part, table in (
        ("variants", variants_table),
        ("padding", padding_table),
        ("service", service_table),
    ):
        text = table(found)
        (RESULTS / f"text-{part}.md").write_text(text)
        print(text)


if __name__ == "__main__":
    main()
