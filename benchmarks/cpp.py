"""Latency of one compiled package in C++ and in Python, beside eager PyTorch.

Run it without arguments, on a quiet machine (about a minute with g++ and
CMake, most of it compiling):

    python benchmarks/cpp.py

It writes results/cpp.json and the table of docs/scenarios/cpp.md. Everything
runs with one thread. The C++ program runs twice: with glibc's settings, and
told to keep freed memory. Each round visits all variants, one after another, and
each is compared with eager of the same round.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from importlib.metadata import version
from pathlib import Path

import torch

HERE = Path(__file__)
EXAMPLES = HERE.parent.parent / "examples/scenarios"
RESULTS = HERE.parent / "results"
ROUNDS = 20
CALLS = {1: 1000, 32: 100, 450: 10}
GIB = str(2**30)
KEEP = {"MALLOC_MMAP_THRESHOLD_": GIB, "MALLOC_TRIM_THRESHOLD_": GIB}


def build(folder: Path) -> torch.nn.Module:
    """Compile the package, and the C++ program beside it; return the model."""
    sys.path.insert(0, str(EXAMPLES / "browser"))
    from digits import load, train

    images, digits, held_out, _ = load()
    model = train(images, digits)
    batch = torch.export.Dim("batch", min=1, max=512)
    program = torch.export.export(model, (held_out[:2],), dynamic_shapes=({0: batch},))
    torch._inductor.aoti_compile_and_package(program, package_path=f"{folder}/digits.pt2")
    cmake = (
        (EXAMPLES / "cpp/CMakeLists.txt")
        .read_text()
        .replace("classify.cpp", str(HERE.with_name("cpp_latency.cpp")))
    )
    (folder / "CMakeLists.txt").write_text(cmake)
    environment = os.environ | {"CMAKE_PREFIX_PATH": torch.utils.cmake_prefix_path}
    for command in (
        ["cmake", "-S", ".", "-B", "build", "-DCMAKE_BUILD_TYPE=Release"],
        ["cmake", "--build", "build"],
    ):
        subprocess.run(
            command,
            cwd=folder,
            env=environment,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    return model


def python(call: Callable[[torch.Tensor], object]) -> Callable[[int, int], float]:
    """How to time a call in this process."""

    def timed(rows: int, calls: int) -> float:
        batch = torch.rand(rows, 8, 8)
        call(batch)
        start = time.perf_counter()
        for _ in range(calls):
            call(batch)
        return (time.perf_counter() - start) / calls * 1e3

    return timed


@contextmanager
def native(
    command: list, environment: dict[str, str] | None = None
) -> Iterator[Callable[[int, int], float]]:
    """How to time a call in the C++ program, as long as it runs."""
    env = os.environ | (environment or {})
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env
    ) as child:
        assert child.stdin and child.stdout
        asked, answered = child.stdin, child.stdout
        answered.readline()

        def timed(rows: int, calls: int) -> float:
            print(rows, calls, file=asked, flush=True)
            return float(answered.readline())

        yield timed
        asked.close()


def main() -> None:
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as made, torch.inference_mode(False):
        folder = Path(made)
        model = build(folder)
        package = torch._inductor.aoti_load_package(f"{folder}/digits.pt2")
        size = (folder / "digits.pt2").stat().st_size
        command = [folder / "build/classify", folder / "digits.pt2"]
        with native(command) as plain, native(command, KEEP) as keeping:
            variants = {
                "eager PyTorch": python(model),
                "package, in Python": python(package),
                "package, in C++": plain,
                "package, in C++, `malloc` that keeps its memory": keeping,
            }
            ms: dict = {name: {str(rows): [] for rows in CALLS} for name in variants}
            with torch.inference_mode():
                for _ in range(ROUNDS):
                    for rows, calls in CALLS.items():
                        for name, timed in variants.items():
                            ms[name][str(rows)].append(round(timed(rows, calls), 6))
    result = {
        "made_by": "benchmarks/cpp.py",
        "date": date.today().isoformat(),
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "torch": version("torch"),
        "package_bytes": size,
        "ms": ms,
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "cpp.json").write_text(json.dumps(result, indent=1) + "\n")
    (RESULTS / "cpp.md").write_text(table(result))


def table(result: dict) -> str:
    """The table: median time of a call, and how much faster than eager."""
    heads = " | ".join(f"{rows} row{'s' * (rows > 1)}, ms | against eager" for rows in CALLS)
    lines = [f"| | {heads} |", "|---|" + "--:|" * 2 * len(CALLS)]
    base = result["ms"]["eager PyTorch"]
    for name, by in result["ms"].items():
        cells = [name]
        for rows, times in by.items():
            low, middle, high = statistics.quantiles(
                (b / t for b, t in zip(base[rows], times, strict=True)), n=4
            )
            ratio = "1" if times is base[rows] else f"**{middle:.2g} ×** ({low:.2g} to {high:.2g})"
            cells += [f"{statistics.median(times):.3f}", ratio]
        lines.append("| " + " | ".join(cells) + " |")
    lines += [
        "",
        f"*One thread, {result['machine']}, torch {result['torch']}, {result['date']}.",
        f"Medians of {ROUNDS} rounds (quartiles); above 1 is faster than eager.*",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
