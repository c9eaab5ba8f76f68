"""What a GPU makes of two models: batches, number types, graphs, copies, workers.

Run it on a machine with an NVIDIA GPU (about six minutes, most of it compiling):

    python benchmarks/gpu.py [--seconds 330] [--part NAME ...] [--results FOLDER]
    python benchmarks/gpu.py --quick       # the workers of one batch; prints
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

import multiprocessing
import statistics
import subprocess
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import Any

import torch
from harness import machine, results
from harness.machine import Refused
from harness.results import TIMES
from harness.script import Benchmark, Result
from torch import Tensor, nn

SCRIPT = "python benchmarks/gpu.py"
BATCHES = (1, 8, 64, 256)
COMPILED = (1, 64)
MODES = ("default", "reduce-overhead", "max-autotune")
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

    model: nn.Module = EfficientNet.from_name("efficientnet-lite0")
    return model


def channels_last(model: nn.Module) -> nn.Module:
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return model


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
    alone: list[float] = []
    until = time.perf_counter() + seconds
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
        model = channels_last(model)
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
    model = channels_last(network().eval().requires_grad_(False).cuda().bfloat16())
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
    model = channels_last(network().eval().requires_grad_(False).cuda().bfloat16())
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


def workers(seconds: float = 2.0, batches: tuple[int, ...] = (1, 64)) -> dict[str, Any]:
    """Rows a second of one, two and four processes on one GPU."""
    context = multiprocessing.get_context("spawn")
    found: dict[str, Any] = {}
    for batch in batches:
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


def graphics() -> dict[str, Any]:
    """The GPU, its driver and what PyTorch was built for."""
    told = subprocess.run(
        ["nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    gpu, driver, memory = (part.strip() for part in told.splitlines()[0].split(","))
    return {"gpu": gpu, "driver": driver, "memory": memory, "cuda": torch.version.cuda}


def measure(options: Namespace) -> Result:
    """Measure; the parts that are not asked for keep the figures of the last run."""
    if not torch.cuda.is_available():
        raise Refused("no NVIDIA GPU here, so nothing was measured")
    until = time.monotonic() + options.seconds
    result: Result = {"graphics": graphics(), "models": {}}
    parts = ["workers"] if options.quick else options.part
    if set(parts) != set(PARTS) and not options.quick:
        before = results.read("gpu", options.results)
        old, new = about(before), about(result | {"environment": machine.environment(["torch"])})
        if any(old[key] != new[key] for key in old if key != "date"):
            raise Refused("the result is of another machine: measure all parts")
        result |= {key: before[key] for key in ("models", "copies", "workers") if key in before}
    with torch.inference_mode():
        for part in parts:
            if part == "copies":
                result["copies"] = copies()
            elif part == "workers":
                result["workers"] = workers(0.1, (1,)) if options.quick else workers()
            else:
                later = sum(other in MODELS for other in parts[parts.index(part) + 1 :])
                end = until - later * options.seconds * 0.4
                result["models"][MODELS[part][0]] = variants(part, end)
            if not options.quick:  # a failure loses only what follows
                results.write("gpu-so-far", result, options.results)
    (options.results / "gpu-so-far.json").unlink(missing_ok=True)
    return result


def about(result: Result) -> dict[str, Any]:
    """What a result says of its machine: in its environment, or beside it."""
    where, kept = machine.facts(result), result["environment"] | result.get("graphics", {})
    facts = {key: kept[key] for key in ("gpu", "driver", "memory", "cuda")}
    return facts | {
        "cores": where.cores,
        "python": where.python,
        "torch": where.versions["torch"],
        "date": where.date,
    }


def caption(result: dict[str, Any], how: str) -> str:
    where = about(result)
    return (
        f"\n*{where['gpu']} ({where['memory']}, driver {where['driver']}), {where['cores']} cores, "
        f"torch {where['torch']}, CUDA {where['cuda']}, Python {where['python']}, "
        f"{where['date']}. {how} `{SCRIPT}` measures it again on yours.*\n"
    )


def model_table(result: Result, part: str) -> str:
    """One model: rows a second of every variant, as a ratio to float32."""
    name = MODELS[part][0]
    found = result["models"][name]["variants"]
    base, table = found["float32"], []
    for label, cells in found.items():
        if all("out of time" in cell.get("error", "") for cell in cells.values()):
            continue
        row = []
        for rows in map(str, BATCHES):
            cell = cells.get(rows, {})
            if "error" in cell or not cell:
                row.append(cell.get("error", ""))
                continue
            ratio = cell["rows_per_s"] / base[rows]["rows_per_s"]
            latency = f", {cell['ms']:.2g} ms" * (label == "float32")
            row.append(f"**{ratio:.2g} {TIMES}** ({cell['rows_per_s']:,.0f}/s{latency})")
        table.append([label, *row])
    how = (
        "Rows a second when calls queue, as a ratio to float32 without TF32 at the same batch. "
        "Empty: not measured; rows that are missing ran out of time."
    )
    heads = [name, *(f"batch {rows}" for rows in BATCHES)]
    return results.table(heads, table) + caption(result, how)


def copies_table(result: Result) -> str:
    moved = result["copies"]
    base = moved["ms"]["model alone"]
    rows = [(label, f"**{ms / base:.2g}**", f"{ms:.2g}") for label, ms in moved["ms"].items()]
    text = results.table([f"{moved['rows']} photographs", "time, model alone = 1", "ms"], rows)
    return text + caption(result, "EfficientNet-Lite0 in bfloat16, not compiled.")


def workers_table(result: Result) -> str:
    told, rows = result["workers"], []
    for count in (1, 2, 4):
        cells: list[object] = [count]
        for batch in (1, 64):
            found = told.get(f"{batch}, {count}")
            if found is None:  # --quick
                continue
            gain = found["rows_per_s"] / told[f"{batch}, 1"]["rows_per_s"]
            rate = f"**{gain:.2g} {TIMES}** ({found['rows_per_s']:,.0f}/s)"
            cells += [rate, f"{found['ms']:.2g}"]
        rows.append([*cells, f"{found['used_mb']:,}" if found else ""])
    heads = ["Processes", "batch 1: photographs a second", "a call, ms"]
    heads += ["batch 64: photographs a second", "a call, ms", "memory of the GPU in use, MB"]
    text = results.table(heads, rows, "r" * 6)
    return text + caption(result, "EfficientNet-Lite0 in bfloat16, not compiled; no MPS.")


def tables(result: Result) -> dict[str, str]:
    """The Markdown tables, by file name."""
    out = {f"gpu-{part}": model_table(result, part) for part in MODELS if result["models"]}
    if "copies" in result:
        out["gpu-copies"] = copies_table(result)
    return out | {"gpu-workers": workers_table(result)}


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--seconds", type=float, default=330, help="after which no more is compiled"
    )
    parser.add_argument("--part", nargs="+", choices=PARTS, default=list(PARTS))


def figures(result: Result) -> dict[str, float]:
    """Rows a second against float32 at the same batch, such as `encoder_bfloat16_cuda_graph_1`."""
    flat: dict[str, float] = {}
    for model, name in (("encoder", "Transformer"), ("photographs", "EfficientNet")):
        found = next((own for key, own in result["models"].items() if key.startswith(name)), None)
        variants = found["variants"] if found else {}
        for variant, rates in variants.items():
            for batch, rate in rates.items():
                base = variants["float32"].get(batch)
                if base and "rows_per_s" in base and "rows_per_s" in rate:
                    key = f"{model}_{results.slug(variant)}_{batch}"
                    flat[key] = round(rate["rows_per_s"] / base["rows_per_s"], 3)
    return flat


BENCHMARK = Benchmark("gpu", SCRIPT, measure, tables, arguments=arguments, figures=figures)

if __name__ == "__main__":
    BENCHMARK.main(__doc__)
