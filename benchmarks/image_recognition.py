"""Measure the image scenario: decoding, batches, int8, the service.

Run it without arguments, on a quiet machine (about two minutes):

    python benchmarks/image_recognition.py

It writes results/image-recognition.json and four tables beside it. All but
the service uses one thread. Times are medians over rounds in which all
variants take turns; ratios are of one round each, then their median.
"""

import asyncio
import io
import logging
from argparse import Namespace
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from harness import load, machine, results, service
from harness.results import TIMES
from harness.rounds import Times, medians, ratios, take_turns
from harness.script import Benchmark, Result, work_folder
from PIL import Image

SCRIPT = "benchmarks/image_recognition.py"
WIDTHS = (640, 2000, 4000)
BATCHES = (1, 2, 4, 8, 16)
ROUNDS, REQUESTS, RATES = 15, 500, (4, 8)
TITLES = {"onnxruntime": "ONNX Runtime", "pillow": "Pillow"}


def faster(times: Times, slow: str, fast: str) -> float:
    """How many times faster, round by round."""
    return median(ratios(times[slow], times[fast]))


def decoding(widths: tuple[int, ...], rounds: int) -> dict[str, dict[str, float]]:
    """Decode, resize and recognize JPEGs of three sizes, one at a time."""
    from build_photos import open_prepare
    from model import open_model
    from photo import decode
    from pictures import FLOWER, encode

    prepare = open_prepare(Path("artifact"))
    predict = open_model(Path("artifact"), "torch.export")
    found = {}
    for width in widths:
        size = (width, width * 427 // 640)
        data = encode(FLOWER.resize(size), "JPEG", quality=85)
        photo = decode(data, 10**8)
        small = prepare(photo)[None]

        def whole(data: bytes = data) -> np.ndarray:
            return np.array(Image.open(io.BytesIO(data)).convert("RGB"))

        full = whole()
        calls: dict[str, Callable[[], Any]] = {
            "whole": whole,
            "draft": partial(decode, data, 10**8),
            "resize whole": partial(prepare, full),
            "resize": partial(prepare, photo),
            "network": partial(predict, small),
        }
        found[str(width)] = medians(take_turns(calls, rounds))
    return found


def batches(sizes: tuple[int, ...], rounds: int) -> dict[str, dict[str, float]]:
    """The exported network against the size of the batch."""
    from model import open_model

    predict = open_model(Path("artifact"), "torch.export")
    inputs = {str(n): np.zeros((n, 224, 224, 3), np.uint8) for n in sizes}
    calls = {n: lambda images=images: predict(images) for n, images in inputs.items()}
    times = take_turns(calls, rounds)
    return {
        n: {"ms": median(own), "throughput": int(n) * faster(times, "1", n)}
        for n, own in times.items()
    }


def eight_bits(rounds: int) -> dict[str, dict[str, float]]:
    """fp32 against static int8 in ONNX Runtime, for both networks."""
    from build import Classifier, crops, load_network
    from build_images import build, quantize
    from fashion import folder
    from fashion import load as load_fashion
    from pipeline import classify, session

    logging.disable(logging.WARNING)
    images, _ = load_fashion(folder(), "train")
    test, _ = load_fashion(folder(), "test")
    build(Path("small"), images[:200])
    large = Path("large")
    large.mkdir()
    size = torch.export.Dim("batch", min=1, max=32)
    torch.onnx.export(
        Classifier(load_network()).eval(),
        (torch.zeros(2, 224, 224, 3, dtype=torch.uint8),),
        large / "fp32.onnx",
        input_names=["images"],
        dynamic_shapes=({0: size},),
        external_data=False,
        verbose=False,
    )
    photos = crops(150)
    quantize(large, photos[:100])
    found = {}
    for name, out, held_out in (
        ("FashionNet", Path("small"), test),
        ("EfficientNet-Lite0", large, photos[100:]),
    ):
        fp32, int8 = session(out / "fp32.onnx"), session(out / "int8.onnx")
        calls = {}
        for n in (1, 8):
            x = {"images": held_out[:n]}
            calls[f"fp32 {n}"] = lambda x=x, p=fp32: p.run(None, x)
            calls[f"int8 {n}"] = lambda x=x, p=int8: p.run(None, x)
        times = take_turns(calls, rounds)
        before = classify(fp32, held_out, 10).argmax(1)
        after = classify(int8, held_out, 10).argmax(1)
        found[name] = {
            "fp32_mb": (out / "fp32.onnx").stat().st_size / 1e6,
            "int8_mb": (out / "int8.onnx").stat().st_size / 1e6,
            "flips": float(np.mean(before != after)),
            "images": len(held_out),
            "faster_1": faster(times, "fp32 1", "int8 1"),
            "faster_8": faster(times, "fp32 8", "int8 8"),
        } | {f"{key} ms": middle for key, middle in medians(times).items()}
    return found


async def ask(url: str, rate: int, count: int) -> dict[str, Any]:
    """Poisson arrivals; a request is timed from when it was due."""
    import httpx
    from pictures import JPEG, large, rotated

    photographs = [JPEG, rotated(), large()]
    head = {"Content-Type": "image/jpeg"}
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:

        async def send(number: int, due: float) -> int:
            data = photographs[number % 3]
            answer = await client.post("/v1/classify", content=data, headers=head)
            answer.raise_for_status()
            return answer.status_code

        done = await load.open_loop(send, rate, count, seed=rate)
    return done.percentiles() | {"answered": done.answers.count(200)}


def serve(folder: Path, quick: bool) -> dict[str, Any]:
    """The service at several rates."""
    count, rates = (20, RATES[-1:]) if quick else (REQUESTS, RATES)
    with service.serving("photo_server:create_app", folder) as server:
        return {str(rate): asyncio.run(ask(server.url, rate, count)) for rate in rates}


def measure(options: Namespace) -> Result:
    quick = options.quick
    rounds = 1 if quick else ROUNDS
    with work_folder(
        "scenarios/image-recognition-export", "scenarios/image-recognition-service"
    ) as folder:
        from build_photos import build_photos

        build_photos(Path("artifact"))
        return {
            "decoding": decoding(WIDTHS[:1] if quick else WIDTHS, rounds),
            "batches": batches(BATCHES[:2] if quick else BATCHES, rounds),
            "int8": eight_bits(3 * rounds),
            "service": serve(folder, quick),
        }


def note(found: Result, how: str) -> str:
    return "\n" + machine.note(found, how, SCRIPT, titles=TITLES)


def decode_table(found: Result) -> str:
    rows = []
    for width, row in found["decoding"].items():
        before = row["draft"] + row["resize"]
        share = before / (before + row["network"])
        parts = [f"{row[name]:.1f}" for name in ("whole", "draft", "resize", "network")]
        rows.append((f"{int(width):,} pixels wide", *parts, f"{share:.0%}"))
    heads = ["photograph", "decoded whole, ms", "with `draft`, ms", "resized, ms", "network, ms"]
    text = results.table([*heads, "share of decoding and resizing"], rows)
    return text + note(found, f"JPEG, one at a time, one thread; median of {ROUNDS} rounds.")


def batch_table(found: Result) -> str:
    rows = [
        (size, f"{row['ms']:.0f}", f"{row['throughput']:.1f} {TIMES}")
        for size, row in found["batches"].items()
    ]
    heads = ["batch", "one call, ms", "images a second, against batch 1"]
    how = f"EfficientNet-Lite0, one thread; median of {ROUNDS} rounds."
    return results.table(heads, rows, "rrr") + note(found, how)


def int8_table(found: Result) -> str:
    rows = [
        (
            name,
            f"{row['fp32_mb']:.1f}",
            f"{row['int8_mb']:.1f}",
            f"{row['faster_1']:.1f} {TIMES}",
            f"{row['faster_8']:.1f} {TIMES}",
            f"{row['flips']:.1%} of {row['images']:,}",
        )
        for name, row in found["int8"].items()
    ]
    how = (
        f"ONNX Runtime, one thread; median of {3 * ROUNDS} rounds. The large"
        " network was calibrated on 100 crops of two photographs, and"
        " compared on 50 others, which have no labels."
    )
    heads = ["network", "fp32, MB", "int8, MB", "faster, batch 1", "faster, batch 8"]
    return results.table([*heads, "decisions changed"], rows) + note(found, how)


def service_table(found: Result) -> str:
    count = next(iter(found["service"].values())).get("requests", 300)
    rows = [
        (
            rate,
            load.shown(row["p50_ms"], ".0f"),
            load.shown(row["p99_ms"], ".0f"),
            f"{row['answered']} of {count}",
        )
        for rate, row in found["service"].items()
    ]
    how = (
        f"{count} requests each, every third of twelve megapixels, Poisson"
        " arrivals, timed from when they were due; client and server share"
        " the cores."
    )
    heads = ["photographs a second", "p50, ms", "p99, ms", "answered"]
    return results.table(heads, rows, "rrrr") + note(found, how)


def make_tables(found: Result) -> dict[str, str]:
    return {
        "image-decode": decode_table(found),
        "image-batch": batch_table(found),
        "image-int8": int8_table(found),
        "image-service": service_table(found),
    }


def figures(result: Result) -> dict[str, float]:
    """Shares and ratios, such as `whole_4000` and `draft_4000`: decoding, per network's time."""
    flat: dict[str, float] = {}
    for width, ms in result["decoding"].items():
        flat[f"whole_{width}"] = ms["whole"] / ms["network"]
        flat[f"draft_{width}"] = (ms["draft"] + ms["resize"]) / ms["network"]
    for size, found in result["batches"].items():
        flat[f"batch_{size}"] = found["throughput"]
    for name, found in result["int8"].items():
        about = name.partition("-")[0].lower()
        flat |= {f"{about}_{key}": found[key] for key in ("faster_1", "faster_8", "flips")}
    return {key: round(value, 3) for key, value in flat.items()}


BENCHMARK = Benchmark(
    "image-recognition",
    SCRIPT,
    measure,
    make_tables,
    packages=("torch", "onnxruntime", "pillow"),
    threads=1,
    figures=figures,
)

if __name__ == "__main__":
    BENCHMARK.main(__doc__)
