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
import subprocess
import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from harness import load, machine, results, rounds, service
from harness.script import Benchmark, Result, work_folder

SCRIPT = "benchmarks/text.py"
COUNT, BATCH, ROUNDS = 400, 8, 15
REQUESTS, RATES = 600, (15, 25, 35)


def variants(count: int, times: int) -> list[dict[str, Any]]:
    """Formats of the same model: time, size, and what becomes of answers."""
    import sentences
    from build_text import export, get_model_path, shrink
    from encoder import Classifier, load_encoder
    from sklearn.metrics import f1_score
    from torchao.quantization import (
        Int8DynamicActivationInt8WeightConfig,
        quantize_,
    )
    from train import load_head
    from wordpieces import Wordpieces, pad

    wordpieces = Wordpieces(get_model_path())
    texts = sentences.sample(sentences.load(), "test", count)
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
                for n in range(0, count, BATCH)
            ]
        together: np.ndarray = torch.cat(found).numpy()
        return together

    exact = answers(model)
    batches = {length: torch.randint(1000, 20_000, (BATCH, length)) for length in (32, 128)}
    took = {}
    for length, batch in batches.items():

        def call(model: Any, batch: Any = batch) -> Callable[[], None]:
            def run() -> None:
                with torch.inference_mode():
                    model(batch)

            return run

        calls = {name: call(own) for name, own in models.items()}
        took[length] = rounds.medians(rounds.take_turns(calls, times))
    found = []
    for name, own in models.items():
        got = answers(own)
        guesses = [sentences.LABELS[n] for n in got.argmax(1)]
        found.append({
            "name": name,
            "mb": size[name],
            "ms": {str(length): took[length][name] for length in took},
            "max_abs": float(np.abs(got - exact).max()),
            "flips": float((got.argmax(1) != exact.argmax(1)).mean()),
            "macro_f1": float(f1_score(truth, guesses, average="macro")),
        })  # fmt: skip
    return found


def padding(times: int) -> dict[str, float]:
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
    return rounds.medians(rounds.take_turns({str(n): call(n) for n in lengths}, times))


async def ask(url: str, rate: int, count: int) -> dict[str, Any]:
    """One text a request, Poisson arrivals, timed from when it was due."""
    import httpx
    import sentences

    texts = [s.text for s in sentences.sample(sentences.load(), "test", count)]
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:

        async def send(number: int, due: float) -> int:
            question = {"texts": [texts[number]], "truncation": "head"}
            return (await client.post("/v1/classify", json=question)).status_code

        done = await load.open_loop(send, rate, count)
    return done.percentiles() | {"ok": done.answers.count(200)}


def serve(folder: Path, quick: bool) -> dict[str, Any]:
    """The service at several rates."""
    subprocess.run([sys.executable, "build_text.py"], check=True)
    count, rates = (20, RATES[:1]) if quick else (REQUESTS, RATES)
    with service.serving("text_server:create_app", folder) as server:
        return {str(rate): asyncio.run(ask(server.url, rate, count)) for rate in rates}


def measure(options: Namespace) -> Result:
    quick = options.quick
    with work_folder("scenarios/text-classification-service") as folder:
        torch.manual_seed(0)
        return {
            "variants": variants(2 * BATCH if quick else COUNT, 1 if quick else ROUNDS),
            "padding": padding(1 if quick else 7),
            "service": serve(folder, quick),
        }


def variants_table(found: Result) -> str:
    heads = ["", "MB", "ms, 32 tokens", "ms, 128 tokens"]
    heads += ["largest difference", "other answers", "macro-F1"]
    rows = [
        (
            row["name"],
            f"{row['mb']:.0f}",
            *(f"{value:.0f}" for value in row["ms"].values()),
            f"{row['max_abs']:.3f}",
            f"{row['flips']:.1%}",
            f"{row['macro_f1']:.3f}",
        )
        for row in found["variants"]
    ]
    how = (
        f"Batches of {BATCH}, one thread, median of {ROUNDS}; answers to"
        f" {COUNT} held-out sentences, against float32."
    )
    return results.table(heads, rows) + "\n" + machine.note(found, how, SCRIPT)


def padding_table(found: Result) -> str:
    row = found["padding"]
    how = f"{BATCH} texts of 16 tokens, float32, one thread, median of 7."
    text = results.table(["padded to", *row], [("ms", *(f"{ms:.0f}" for ms in row.values()))])
    return text + "\n" + machine.note(found, how, SCRIPT)


def service_table(found: Result) -> str:
    rows = [
        (
            rate,
            load.shown(row["p50_ms"], ".0f"),
            load.shown(row["p99_ms"], ".0f"),
            f"{row['ok']} of {row.get('requests', 600)}",
        )
        for rate, row in found["service"].items()
    ]
    how = (
        "One sentence a request, Poisson arrivals, timed from when they were"
        " due; client and server share the cores."
    )
    heads = ["requests a second", "p50, ms", "p99, ms", "answered"]
    return results.table(heads, rows, "rrrr") + "\n" + machine.note(found, how, SCRIPT)


def make_tables(found: Result) -> dict[str, str]:
    return {
        "text-variants": variants_table(found),
        "text-padding": padding_table(found),
        "text-service": service_table(found),
    }


def figures(result: Result) -> dict[str, float]:
    """Times faster than float32, such as `bfloat16_128`, and `…_max_abs` of a probability."""
    variants = {results.slug(variant["name"]): variant for variant in result["variants"]}
    base = variants["float32"]["ms"]
    speed = {
        f"{name}_{length}": round(base[length] / ms, 3)
        for name, variant in variants.items()
        for length, ms in variant["ms"].items()
    }
    return speed | {f"{name}_max_abs": found["max_abs"] for name, found in variants.items()}


BENCHMARK = Benchmark(
    "text",
    SCRIPT,
    measure,
    make_tables,
    packages=("torch", "torchao"),
    threads=1,
    figures=figures,
)

if __name__ == "__main__":
    BENCHMARK.main(__doc__)
