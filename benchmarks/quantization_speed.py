"""Measure what int8 does to the latency of a Linear MLP on this CPU.

Run it from anywhere, without arguments, on a quiet machine (< 3 minutes):

    python benchmarks/quantization_speed.py

It writes results/quantization-speed.json and .md beside this file.
Every variant is timed in every round, one after another, so that noise
from other processes falls on all of them alike; medians are reported.
"""

import json
import os
import platform
import statistics
import time
import warnings
from collections.abc import Callable
from datetime import date
from importlib.metadata import version
from pathlib import Path

import torch
from torch import nn
from torch._inductor import config as inductor_config

warnings.simplefilter("ignore")  # the deprecated path is measured on purpose

from torchao.quantization import (  # noqa: E402
    Int8DynamicActivationInt8WeightConfig,
    Int8WeightOnlyConfig,
    quantize_,
)
from torchao.quantization.pt2e.quantize_pt2e import (  # noqa: E402
    convert_pt2e,
    prepare_pt2e,
)
from torchao.quantization.pt2e.quantizer.x86_inductor_quantizer import (  # noqa: E402
    X86InductorQuantizer,
    get_default_x86_inductor_quantization_config,
)

RESULTS = Path(__file__).parent / "results"
SIZES = (512, 2048, 2048, 512)
BATCHES = (1, 64)
ROUNDS = 30
THREADS = 1  # one thread: no waiting at barriers for a busy neighbour
BASELINE = "fp32 eager"

Run = Callable[[torch.Tensor], torch.Tensor]


def mlp() -> nn.Module:
    """Return a seeded fp32 MLP, the model that every variant starts from."""
    torch.manual_seed(0)
    layers: list[nn.Module] = []
    for inputs, outputs in zip(SIZES, SIZES[1:]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1]).eval()


def torchao_int8(config: object) -> nn.Module:
    """Return the MLP with torchao's `config` applied to its Linear layers."""
    model = mlp()
    quantize_(model, config)
    return model


def static_int8(batch: torch.Tensor) -> nn.Module:
    """Return the MLP quantized ahead of time with PT2E for x86."""
    quantizer = X86InductorQuantizer()
    quantizer.set_global(get_default_x86_inductor_quantization_config())
    exported = torch.export.export(mlp(), (batch,)).module()
    prepared = prepare_pt2e(exported, quantizer)
    prepared(batch)
    return convert_pt2e(prepared)


def legacy_int8() -> nn.Module:
    """Return the MLP under the deprecated torch.ao.quantization path."""
    return torch.ao.quantization.quantize_dynamic(
        mlp(), {nn.Linear}, dtype=torch.qint8
    )


def variants(batch: torch.Tensor) -> dict[str, Run]:
    """Build every variant for one batch size, fp32 eager first."""
    torch.compiler.reset()

    def compiled(model: nn.Module, *, freezing: bool = False) -> Run:
        # PT2E's patterns are fused only when weights are frozen; torchao's
        # documentation sets TORCHINDUCTOR_FREEZING=1, which is this flag.
        run = torch.compile(model, dynamic=False)
        with inductor_config.patch(freezing=freezing), torch.no_grad():
            run(batch)
        return run

    weight_only = Int8WeightOnlyConfig()
    dynamic = Int8DynamicActivationInt8WeightConfig()
    return {
        BASELINE: mlp(),
        "fp32 compiled": compiled(mlp()),
        "torchao int8 weight-only, eager": torchao_int8(weight_only),
        "torchao int8 weight-only, compiled": compiled(
            torchao_int8(weight_only)
        ),
        "torchao int8 dynamic, eager": torchao_int8(dynamic),
        "torchao int8 dynamic, compiled": compiled(
            torchao_int8(dynamic)
        ),
        "PT2E int8 static, compiled": compiled(
            static_int8(batch), freezing=True
        ),
        "torch.ao quantize_dynamic (deprecated)": legacy_int8(),
    }


def sqnr(reference: torch.Tensor, quantized: torch.Tensor) -> float:
    """Return the signal-to-quantization-noise ratio in decibels."""
    noise = (reference - quantized).norm()
    return float(20 * torch.log10(reference.norm() / noise))


def measure(batch_size: int) -> dict[str, dict[str, float]]:
    """Time every variant at one batch size; latencies in microseconds."""
    generator = torch.Generator().manual_seed(1)
    batch = torch.randn(batch_size, SIZES[0], generator=generator)
    runs = variants(batch)
    with torch.no_grad():
        outputs = {name: run(batch) for name, run in runs.items()}
        for run in runs.values():
            for _ in range(5):
                run(batch)
        samples: dict[str, list[float]] = {name: [] for name in runs}
        ratios: dict[str, list[float]] = {name: [] for name in runs}
        for _ in range(ROUNDS):
            round_: dict[str, float] = {}
            for name, run in runs.items():
                run(batch)  # bring this variant's weights into the cache
                start = time.perf_counter()
                run(batch)
                round_[name] = (time.perf_counter() - start) * 1e6
            for name, elapsed in round_.items():
                samples[name].append(elapsed)
                ratios[name].append(round_[BASELINE] / elapsed)
    return {
        name: {
            "median_us": round(statistics.median(samples[name]), 1),
            "min_us": round(min(samples[name]), 1),
            "speedup": round(statistics.median(ratios[name]), 2),
            "sqnr_db": (
                None
                if name.startswith("fp32")
                else round(sqnr(outputs[BASELINE], outputs[name]), 1)
            ),
        }
        for name in runs
    }


def environment() -> dict[str, object]:
    """Describe the machine and the versions that were measured."""
    flags = ""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                model = value.strip()
            elif key.strip() == "flags":
                flags = value
    return {
        "date": date.today().isoformat(),
        "cpu": model,
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "avx512_vnni": "avx512_vnni" in flags,
        "amx_int8": "amx_int8" in flags,
        "load_at_start": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "torchao": version("torchao"),
    }


def table(result: dict) -> str:
    """Render the result as the Markdown table that pages include."""
    head = " | ".join(
        f"batch {size}: µs | speed-up" for size in BATCHES
    )
    lines = [
        f"| variant | {head} | SQNR, dB |",
        "|---|" + "--:|" * (2 * len(BATCHES) + 1),
    ]
    by_batch = result["batches"]
    for name in by_batch[str(BATCHES[0])]:
        cells = [name]
        for size in BATCHES:
            row = by_batch[str(size)][name]
            cells += [f"{row['median_us']:.0f}", f"{row['speedup']:.2f}×"]
        noise = by_batch[str(BATCHES[-1])][name]["sqnr_db"]
        cells.append("" if noise is None else f"{noise:.1f}")
        lines.append("| " + " | ".join(cells) + " |")
    machine = result["environment"]
    instructions = [
        label
        for key, label in (("avx512_vnni", "AVX512-VNNI"), ("amx_int8", "AMX"))
        if machine[key]
    ]
    lines += [
        "",
        f"Measured {machine['date']} on {machine['cpu']}"
        f" ({machine['cores']} cores, {machine['threads']} thread used,"
        f" int8 instructions: {', '.join(instructions) or 'none'}),"
        f" torch {machine['torch']}, torchao {machine['torchao']},"
        f" Python {machine['python']};"
        f" Linear MLP {'-'.join(map(str, SIZES))},"
        f" medians of {ROUNDS} interleaved rounds,"
        f" load average at the start {machine['load_at_start']}.",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, then write the JSON and the table."""
    torch.set_num_threads(THREADS)
    result = {
        "environment": environment(),
        "model": list(SIZES),
        "rounds": ROUNDS,
        "batches": {str(size): measure(size) for size in BATCHES},
    }
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / "quantization-speed.json"
    path.write_text(json.dumps(result, indent=2) + "\n")
    markdown = table(result)
    path.with_suffix(".md").write_text(markdown)
    print(markdown)


if __name__ == "__main__":
    main()
