"""Measure the image scenario: decoding, batches, int8, the service.

Run it without arguments, on a quiet machine (about two minutes):

    python benchmarks/image_recognition.py

It writes results/image-recognition.json and four tables beside it. All but
the service uses one thread. Times are medians over rounds in which all
variants take turns; ratios are of one round each, then their median.
"""

import asyncio
import io
import json
import logging
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
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks/results"
FOLDERS = [
    "best-practices/service",
    "scenarios/image-recognition",
    "scenarios/image-recognition-data",
    "scenarios/image-recognition-weights",
    "scenarios/image-recognition-export",
    "scenarios/image-recognition-service",
]
WIDTHS = (640, 2000, 4000)
BATCHES = (1, 2, 4, 8, 16)
ROUNDS, REQUESTS, RATES = 15, 300, (4, 8)
TIMES = "\N{MULTIPLICATION SIGN}"


def rounds(calls: dict[str, Callable[[], Any]], count: int = ROUNDS) -> dict[str, list[float]]:
    """Milliseconds of each, all taking turns; one round warms up."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(count + 1):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            if number:
                times[name].append((time.perf_counter() - start) * 1e3)
    return times


def median(values: list[float]) -> float:
    return statistics.median(values)


def ratio(times: dict[str, list[float]], slow: str, fast: str) -> float:
    """How many times faster, round by round."""
    return median([s / f for s, f in zip(times[slow], times[fast], strict=True)])


def decoding() -> dict[int, dict[str, float]]:
    """Decode, resize and recognize JPEGs of three sizes, one at a time."""
    from build_photos import open_prepare
    from model import open_model
    from photo import decode
    from pictures import FLOWER, encode

    prepare = open_prepare(Path("artefact"))
    predict = open_model(Path("artefact"), "torch.export")
    found = {}
    for width in WIDTHS:
        size = (width, width * 427 // 640)
        data = encode(FLOWER.resize(size), "JPEG", quality=85)
        photo = decode(data, 10**8)
        small = prepare(photo)[None]

        def whole(data: bytes = data) -> np.ndarray:
            return np.array(Image.open(io.BytesIO(data)).convert("RGB"))

        full = whole()
        times = rounds({
            "whole": whole,
            "draft": lambda d=data: decode(d, 10**8),
            "resize whole": lambda p=full: prepare(p),
            "resize": lambda p=photo: prepare(p),
            "network": lambda s=small: predict(s),
        })  # fmt: skip
        found[width] = {name: median(own) for name, own in times.items()}
    return found


def batches() -> dict[int, dict[str, float]]:
    """The exported network against the size of the batch."""
    from model import open_model

    predict = open_model(Path("artefact"), "torch.export")
    inputs = {n: np.zeros((n, 224, 224, 3), np.uint8) for n in BATCHES}
    times = rounds({
        str(n): lambda images=images: predict(images)
        for n, images in inputs.items()
    })  # fmt: skip
    return {
        n: {
            "ms": median(times[str(n)]),
            "throughput": n * ratio(times, "1", str(n)),
        }
        for n in BATCHES
    }


def eight_bits() -> dict[str, dict[str, float]]:
    """fp32 against static int8 in ONNX Runtime, for both networks."""
    from build import Classifier, crops, load_network
    from build_images import build, quantize
    from fashion import folder, load
    from pipeline import classify, session

    logging.disable(logging.WARNING)
    images, _ = load(folder(), "train")
    test, _ = load(folder(), "test")
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
        times = rounds(calls, 3 * ROUNDS)
        before = classify(fp32, held_out, 10).argmax(1)
        after = classify(int8, held_out, 10).argmax(1)
        found[name] = {
            "fp32_mb": (out / "fp32.onnx").stat().st_size / 1e6,
            "int8_mb": (out / "int8.onnx").stat().st_size / 1e6,
            "flips": float(np.mean(before != after)),
            "images": len(held_out),
            "faster_1": ratio(times, "fp32 1", "int8 1"),
            "faster_8": ratio(times, "fp32 8", "int8 8"),
        } | {f"{key} ms": median(own) for key, own in times.items()}
    return found


async def ask(url: str, rate: int) -> dict[str, Any]:
    """Poisson arrivals; a request is timed from when it was due."""
    import httpx
    from pictures import JPEG, large, rotated

    photographs = [JPEG, rotated(), large()]
    generator = np.random.default_rng(rate)
    due = np.cumsum(generator.exponential(1 / rate, REQUESTS)).tolist()
    head = {"Content-Type": "image/jpeg"}
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        begin = time.monotonic()

        async def one(at: float, data: bytes) -> tuple[float, int]:
            await asyncio.sleep(begin + at - time.monotonic())
            answer = await client.post("/v1/classify", content=data, headers=head)
            return (time.monotonic() - begin - at) * 1e3, answer.status_code

        found = await asyncio.gather(*[
            one(at, photographs[n % 3]) for n, at in enumerate(due)
        ])  # fmt: skip
    times = np.array([
        ms if status == 200 else np.inf for ms, status in found
    ])  # fmt: skip
    return {
        "p50_ms": float(np.quantile(times, 0.5, method="higher")),
        "p99_ms": float(np.quantile(times, 0.99, method="higher")),
        "answered": int(np.isfinite(times).sum()),
    }


def service() -> dict[str, Any]:
    import httpx

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "--factory"]
    command += ["photo_server:create_app", "--host", "127.0.0.1"]
    command += ["--port", str(port)]
    with Path("server.log").open("w") as log:
        anonymous = os.environ | {"SERVICE_ANONYMOUS": "true"}
        process = subprocess.Popen(command, env=anonymous, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
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
        "load": f"{os.getloadavg()[0]:.1f}",
        "torch": torch.__version__,
        "onnxruntime": version("onnxruntime"),
        "pillow": version("pillow"),
        "python": platform.python_version(),
        "date": date.today().isoformat(),
    }


def source(found: dict[str, Any], how: str) -> str:
    where = found["environment"]
    return (
        f"\n*{where['cpu']} ({where['capability']}), {where['cores']} cores of"
        f" a shared virtual machine, load average {where['load']} at the"
        f" start, torch {where['torch']}, ONNX Runtime"
        f" {where['onnxruntime']}, Pillow {where['pillow']}, Python"
        f" {where['python']}, {where['date']}."
        f" {how} `benchmarks/image_recognition.py` measures it again on"
        " yours.*\n"
    )


def decode_table(found: dict[str, Any]) -> str:
    lines = [
        "| photograph | decoded whole, ms | with `draft`, ms | resized, ms "
        "| network, ms | share of decoding and resizing |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for width, row in found["decoding"].items():
        before = row["draft"] + row["resize"]
        share = before / (before + row["network"])
        lines.append(
            f"| {int(width):,} pixels wide | {row['whole']:.1f}"
            f" | {row['draft']:.1f} | {row['resize']:.1f}"
            f" | {row['network']:.1f} | {share:.0%} |"
        )
    how = f"JPEG, one at a time, one thread; median of {ROUNDS} rounds."
    return "\n".join(lines) + "\n" + source(found, how)


def batch_table(found: dict[str, Any]) -> str:
    lines = [
        "| batch | one call, ms | images a second, against batch 1 |",
        "|--:|--:|--:|",
    ]
    for size, row in found["batches"].items():
        lines.append(f"| {size} | {row['ms']:.0f} | {row['throughput']:.1f} {TIMES} |")
    how = f"EfficientNet-Lite0, one thread; median of {ROUNDS} rounds."
    return "\n".join(lines) + "\n" + source(found, how)


def int8_table(found: dict[str, Any]) -> str:
    lines = [
        "| network | fp32, MB | int8, MB | faster, batch 1 | faster, batch 8 | decisions changed |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for name, row in found["int8"].items():
        lines.append(
            f"| {name} | {row['fp32_mb']:.1f} | {row['int8_mb']:.1f}"
            f" | {row['faster_1']:.1f} {TIMES} | {row['faster_8']:.1f} {TIMES}"
            f" | {row['flips']:.1%} of {row['images']:,} |"
        )
    how = (
        f"ONNX Runtime, one thread; median of {3 * ROUNDS} rounds. The large"
        " network was calibrated on 100 crops of two photographs, and"
        " compared on 50 others, which have no labels."
    )
    return "\n".join(lines) + "\n" + source(found, how)


def service_table(found: dict[str, Any]) -> str:
    lines = [
        "| photographs a second | p50, ms | p99, ms | answered |",
        "|--:|--:|--:|--:|",
    ]
    for rate, row in found["service"].items():
        lines.append(
            f"| {rate} | {row['p50_ms']:.0f} | {row['p99_ms']:.0f}"
            f" | {row['answered']} of {REQUESTS} |"
        )
    how = (
        f"{REQUESTS} requests each, every third of twelve megapixels, Poisson"
        " arrivals, timed from when they were due; client and server share"
        " the cores."
    )
    return "\n".join(lines) + "\n" + source(found, how)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        for folder in FOLDERS:
            shutil.copytree(ROOT / "examples" / folder, name, dirs_exist_ok=True)
        os.chdir(name)
        sys.path.insert(0, name)
        torch.set_num_threads(1)
        from build_photos import build_photos

        build_photos(Path("artefact"))
        found: dict[str, Any] = {
            "environment": environment(),
            "decoding": decoding(),
            "batches": batches(),
            "int8": eight_bits(),
            "service": service(),
        }
        os.chdir(ROOT)
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / "image-recognition.json"
    path.write_text(json.dumps(found, indent=2) + "\n")
    for part, table in (
        ("decode", decode_table),
        ("batch", batch_table),
        ("int8", int8_table),
        ("service", service_table),
    ):
        text = table(found)
        (RESULTS / f"image-{part}.md").write_text(text)
        print(text)


if __name__ == "__main__":
    main()
