"""What a GPU makes of two models: batches, number types, graphs, copies, workers.

Run it on a machine with an NVIDIA GPU (about six minutes, most of it compiling):

    python benchmarks/gpu.py [--seconds 330] [--part NAME ...] [--results FOLDER]
    python benchmarks/gpu.py --tables      # only the tables, from the result

It writes results/gpu.json and four tables beside it. The models are
EfficientNet-Lite0 on photographs of 224 by 224, and a Transformer encoder of
MiniLM's size on 128 tokens; their weights are random, which changes no time.
Every figure of a table is a ratio of times taken in the same run. Compiling
ends when the seconds are used up; what it did not reach, the table says.
With --part, only that part is measured again, on a machine of the same kind,
and takes its place in the result: copies, workers, photographs or encoder.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

RESULTS = Path(__file__).resolve().parent / "results"
BATCHES = (1, 8, 64, 256)
COMPILED = (1, 64)
MODES = ("default", "reduce-overhead", "max-autotune")
TIMES = "\N{MULTIPLICATION SIGN}"
Call = Callable[[Tensor], Tensor]


class Encoder(nn.Module):
    """Token numbers (batch, 128) -> vectors (batch, 384), six layers deep."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens = nn.Embedding(30_000, 384)
        layer = nn.TransformerEncoderLayer(
            384, 12, 1536, activation="gelu", batch_first=True, norm_first=True
        )
        self.layers = nn.TransformerEncoder(layer, 6, enable_nested_tensor=False)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.layers(self.tokens(tokens)).mean(1)


def network() -> nn.Module:
    from efficientnet_lite_pytorch import EfficientNet

    return EfficientNet.from_name("efficientnet-lite0")


def photographs(rows: int) -> Tensor:
    return torch.rand(rows, 3, 224, 224).contiguous(memory_format=torch.channels_last)


def sentences(rows: int) -> Tensor:
    return torch.randint(30_000, (rows, 128))


MODELS: dict[str, tuple[str, Callable[[], nn.Module], Callable[[int], Tensor]]] = {
    "photographs": ("EfficientNet-Lite0, photographs", network, photographs),
    "encoder": ("Transformer encoder, 128 tokens", Encoder, sentences),
}
PARTS = ("copies", "workers", *MODELS)


def precision(tf32: bool) -> None:
    torch.set_float32_matmul_precision("high" if tf32 else "highest")
    torch.backends.cudnn.allow_tf32 = tf32


def graphed(call: Call, example: Tensor) -> Call:
    """The call, recorded as a CUDA graph; input is copied in, output is not copied out."""
    static = example.clone()
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            call(static)
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        output = call(static)

    def replay(rows: Tensor) -> Tensor:
        static.copy_(rows)
        graph.replay()
        return output

    return replay


def timed(call: Call, rows: Tensor, seconds: float = 0.4) -> dict[str, float]:
    """Latency of a lone call, and rows a second of calls that queue."""
    for _ in range(3):
        call(rows)
    torch.cuda.synchronize()
    alone, until = [], time.perf_counter() + seconds
    while time.perf_counter() < until or len(alone) < 10:
        start = time.perf_counter()
        call(rows)
        torch.cuda.synchronize()
        alone.append(time.perf_counter() - start)
    middle = statistics.median(alone)
    count = max(10, int(seconds / middle))
    start = time.perf_counter()
    for _ in range(count):
        call(rows)
    torch.cuda.synchronize()
    took = time.perf_counter() - start
    return {"ms": round(middle * 1e3, 4), "rows_per_s": round(count * len(rows) / took, 1)}


def as_half(model: nn.Module, rows: Tensor) -> tuple[nn.Module, Tensor]:
    half = model.to(torch.bfloat16)
    return half, rows.to(torch.bfloat16) if rows.is_floating_point() else rows


def variants(name: str, until: float) -> dict[str, Any]:
    """All ways of running one model, each batch; times, memory and errors."""
    _, make, inputs = MODELS[name]
    torch.manual_seed(0)
    found: dict[str, Any] = {}
    model = make().eval().requires_grad_(False).cuda()
    if name == "photographs":
        model = model.to(memory_format=torch.channels_last)
    data = {rows: inputs(rows).cuda() for rows in BATCHES}
    for label, tf32 in (("float32", False), ("float32, TF32", True)):
        precision(tf32)
        found[label] = {str(rows): timed(model, x) for rows, x in data.items()}
    precision(False)
    peaks = {}
    for rows in (64, 256):
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        model(data[rows])
        torch.cuda.synchronize()
        peaks[rows] = torch.cuda.max_memory_allocated() - before
    memory = {
        "weights": sum(p.numel() * 4 for p in model.parameters()),
        "row": round((peaks[256] - peaks[64]) / 192),
    }
    wanted = model(data[8]).float()
    model, _ = as_half(model, data[1])
    data = {rows: as_half(model, x)[1] for rows, x in data.items()}
    apart = (model(data[8]).float() - wanted).abs().max() / wanted.abs().max()
    found["bfloat16"] = {str(rows): timed(model, x) for rows, x in data.items()}
    found["bfloat16, CUDA graph"] = {
        str(rows): timed(graphed(model, x), x) for rows, x in data.items()
    }
    for mode in MODES:
        cells: dict[str, Any] = {}
        for rows in COMPILED:
            if time.monotonic() > until:
                cells[str(rows)] = {"error": "not run: out of time"}
                continue
            try:
                torch.compiler.reset()
                start = time.monotonic()
                compiled = torch.compile(model, mode=mode, dynamic=False)

                def call(x: Tensor, compiled: Any = compiled) -> Tensor:
                    torch.compiler.cudagraph_mark_step_begin()
                    return compiled(x)

                for _ in range(3):
                    call(data[rows])
                torch.cuda.synchronize()
                took = time.monotonic() - start
                cells[str(rows)] = timed(call, data[rows]) | {"compile_s": round(took, 1)}
            except Exception as error:  # a mode that fails is a result
                cells[str(rows)] = {
                    "error": f"{type(error).__name__}: {error}".splitlines()[0][:160]
                }
            print(name, mode, rows, cells[str(rows)], flush=True)
        found[f"bfloat16, compile ({mode})"] = cells
    return {"variants": found, "memory": memory, "bf16_apart": float(f"{apart.item():.2g}")}


def copies() -> dict[str, Any]:
    """64 photographs from the host: the copy alone, and the copy with the model."""
    rows, count = 64, 40
    model = (
        network()
        .eval()
        .requires_grad_(False)
        .cuda()
        .bfloat16()
        .to(memory_format=torch.channels_last)
    )
    ordinary = torch.randint(0, 255, (rows, 3, 224, 224), dtype=torch.uint8).contiguous(
        memory_format=torch.channels_last
    )
    pinned = ordinary.pin_memory()

    def compute(x: Tensor) -> Tensor:
        return model(x.to(torch.bfloat16) / 255)

    compute(ordinary.cuda())

    def seconds(turn: Callable[[], Any]) -> float:
        turn()
        torch.cuda.synchronize()
        start = time.perf_counter()
        for _ in range(count):
            turn()
        torch.cuda.synchronize()
        return (time.perf_counter() - start) / count

    copied = torch.cuda.Stream()
    ahead: list[Tensor] = []

    def fetch() -> None:
        with torch.cuda.stream(copied):
            ahead.append(pinned.to("cuda", non_blocking=True))

    def overlapped() -> None:
        if not ahead:
            fetch()
        torch.cuda.current_stream().wait_stream(copied)
        now = ahead.pop()
        now.record_stream(torch.cuda.current_stream())
        fetch()  # the next batch travels while this one is computed
        compute(now)

    floats = ordinary.float()
    there = ordinary.cuda()
    return {
        "rows": rows,
        "bytes": ordinary.numel(),
        "ms": {
            "copy, float32 in ordinary memory": seconds(lambda: floats.cuda()) * 1e3,
            "copy, uint8 in ordinary memory": seconds(lambda: ordinary.cuda()) * 1e3,
            "copy, uint8 in pinned memory": seconds(lambda: pinned.to("cuda", non_blocking=True))
            * 1e3,
            "model alone": seconds(lambda: compute(there)) * 1e3,
            "model, after a copy from ordinary memory": seconds(lambda: compute(ordinary.cuda()))
            * 1e3,
            "model, while the next batch is copied from pinned memory": seconds(overlapped) * 1e3,
        },
    }


def worker(batch: int, seconds: float, ready: Any, go: Any, answers: Any) -> None:
    """One of several processes on the GPU: the number of rows it answers."""
    model = (
        network()
        .eval()
        .requires_grad_(False)
        .cuda()
        .bfloat16()
        .to(memory_format=torch.channels_last)
    )
    x = photographs(batch).cuda().to(torch.bfloat16)
    with torch.inference_mode():
        for _ in range(5):
            model(x)
        torch.cuda.synchronize()
        ready.release()
        go.wait()
        done, times, until = 0, [], time.perf_counter() + seconds
        while time.perf_counter() < until:
            start = time.perf_counter()
            model(x)
            torch.cuda.synchronize()
            times.append(time.perf_counter() - start)
            done += batch
    answers.put((done / seconds, statistics.median(times) * 1e3))


def workers(seconds: float = 2.0) -> dict[str, Any]:
    """Rows a second of one, two and four processes on one GPU."""
    context = multiprocessing.get_context("spawn")
    found: dict[str, Any] = {}
    for batch in (1, 64):
        for count in (1, 2, 4):
            ready, go, answers = context.Semaphore(0), context.Event(), context.Queue()
            running = [
                context.Process(target=worker, args=(batch, seconds, ready, go, answers))
                for _ in range(count)
            ]
            for process in running:
                process.start()
            for _ in running:
                ready.acquire(timeout=120)
            free, total = torch.cuda.mem_get_info()
            go.set()
            told = [answers.get(timeout=120) for _ in running]
            for process in running:
                process.join()
            found[f"{batch}, {count}"] = {
                "rows_per_s": round(sum(rate for rate, _ in told), 1),
                "ms": round(statistics.median(ms for _, ms in told), 3),
                "used_mb": round((total - free) / 1e6),
            }
            print("workers", batch, count, found[f"{batch}, {count}"], flush=True)
    return found


def measure(seconds: float, path: Path, parts: list[str]) -> None:
    """Measure, and save after each part, so that a failure loses only what follows."""
    until = time.monotonic() + seconds
    told = subprocess.run(
        ["nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    gpu, driver, memory = (part.strip() for part in told.splitlines()[0].split(","))
    about = {
        "date": date.today().isoformat(),
        "gpu": gpu,
        "driver": driver,
        "memory": memory,
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "cuda": torch.version.cuda,
    }
    result: dict[str, Any] = {"made_by": "benchmarks/gpu.py", "environment": about, "models": {}}
    if set(parts) != set(PARTS):
        result = json.loads(path.read_text())
        if any(result["environment"][k] != about[k] for k in about if k != "date"):
            sys.exit(f"{path} is of another machine: measure all parts")
    with torch.inference_mode():
        for part in parts:
            if part == "copies":
                result["copies"] = copies()
            elif part == "workers":
                result["workers"] = workers()
            else:
                later = sum(other in MODELS for other in parts[parts.index(part) + 1 :])
                result["models"][MODELS[part][0]] = variants(part, until - later * seconds * 0.4)
            path.write_text(json.dumps(result, indent=1) + "\n")


def caption(result: dict[str, Any], how: str) -> str:
    about = result["environment"]
    return (
        f"\n*{about['gpu']} ({about['memory']}, driver {about['driver']}), {about['cores']} cores, "
        f"torch {about['torch']}, CUDA {about['cuda']}, Python {about['python']}, "
        f"{about['date']}. {how} `python benchmarks/gpu.py` measures it again on yours.*\n"
    )


def tables(result: dict[str, Any]) -> dict[str, str]:
    """The Markdown tables, by file name."""
    out = {}
    for part, (name, *_) in MODELS.items():
        found = result["models"][name]["variants"]
        lines = [
            "| " + name + " | " + " | ".join(f"batch {rows}" for rows in BATCHES) + " |",
            "|---|" + "--:|" * len(BATCHES),
        ]
        base = found["float32"]
        for label, cells in found.items():
            if all("error" in cell and "out of time" in cell["error"] for cell in cells.values()):
                continue
            row = []
            for rows in map(str, BATCHES):
                cell = cells.get(rows, {})
                if "error" in cell or not cell:
                    row.append(cell.get("error", ""))
                    continue
                ratio = cell["rows_per_s"] / base[rows]["rows_per_s"]
                absolute = (
                    f" ({cell['rows_per_s']:,.0f}/s, {cell['ms']:.2g} ms)"
                    if label == "float32"
                    else f" ({cell['rows_per_s']:,.0f}/s)"
                )
                row.append(f"**{ratio:.2g} {TIMES}**{absolute}")
            lines.append(f"| {label} | " + " | ".join(row) + " |")
        how = (
            "Rows a second when calls queue, as a ratio to float32 without TF32 at the same batch. "
            "Empty: not measured; rows that are missing ran out of time."
        )
        out[f"gpu-{part}"] = "\n".join(lines) + "\n" + caption(result, how)
    moved = result["copies"]
    base_ms = moved["ms"]["model alone"]
    lines = [f"| {moved['rows']} photographs | time, model alone = 1 | ms |", "|---|--:|--:|"]
    lines += [
        f"| {label} | **{ms / base_ms:.2g}** | {ms:.2g} |" for label, ms in moved["ms"].items()
    ]
    out["gpu-copies"] = (
        "\n".join(lines) + "\n" + caption(result, "EfficientNet-Lite0 in bfloat16, not compiled.")
    )
    lines = [
        (
            "| Processes | batch 1: photographs a second | a call, ms | "
            "batch 64: photographs a second | a call, ms | memory of the GPU in use, MB |"
        )
    ]
    lines.append("|--:|--:|--:|--:|--:|--:|")
    told = result["workers"]
    for count in (1, 2, 4):
        one, many = told[f"1, {count}"], told[f"64, {count}"]
        a, b = (x["rows_per_s"] / told[f"{n}, 1"]["rows_per_s"] for n, x in ((1, one), (64, many)))
        lines.append(
            f"| {count} | **{a:.2g} {TIMES}** ({one['rows_per_s']:,.0f}/s) | {one['ms']:.2g}"
            f" | **{b:.2g} {TIMES}** ({many['rows_per_s']:,.0f}/s) | {many['ms']:.2g} | "
            f"{many['used_mb']:,} |"
        )
    out["gpu-workers"] = (
        "\n".join(lines)
        + "\n"
        + caption(result, "EfficientNet-Lite0 in bfloat16, not compiled; no MPS.")
    )
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument(
        "--seconds", type=float, default=330, help="after which no more is compiled"
    )
    parser.add_argument("--part", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument(
        "--tables", action="store_true", help="write the tables again from gpu.json"
    )
    args = parser.parse_args()
    path = args.results / "gpu.json"
    if not args.tables:
        if not torch.cuda.is_available():
            return print("benchmarks/gpu.py: no NVIDIA GPU here, so nothing was measured")
        measure(args.seconds, path, args.part)
    for name, text in tables(json.loads(path.read_text())).items():
        (args.results / f"{name}.md").write_text(text)


if __name__ == "__main__":
    main()
