"""Latency of one compiled package in C++ and in Python, beside eager PyTorch.

Run it without arguments, on a quiet machine (about a minute with g++ and
CMake, most of it compiling):

    python benchmarks/cpp.py

It writes results/cpp.json and the table of docs/scenarios/cpp.md. Everything
runs with one thread. The C++ program runs twice: with glibc's settings, and
told to keep freed memory. Each round visits all variants, one after another, and
each is compared with eager of the same round.
"""

import os
import subprocess
import tempfile
import warnings
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import torch
from harness import machine, results
from harness.results import ROOT, TIMES
from harness.rounds import interleave, quartiles, ratios, timer
from harness.script import Benchmark, Result, import_from

ROUNDS = 20
CALLS = {1: 1000, 32: 100, 450: 10}
GIB = str(2**30)
KEEP = {"MALLOC_MMAP_THRESHOLD_": GIB, "MALLOC_TRIM_THRESHOLD_": GIB}
Timed = Callable[[int, int], float]  # rows, calls -> milliseconds a call


def build(folder: Path) -> torch.nn.Module:
    """Compile the package, and the C++ program beside it; return the model."""
    import_from("scenarios/browser")
    from digits import load, train

    images, digits, held_out, _ = load()
    model = train(images, digits)
    batch = torch.export.Dim("batch", min=1, max=512)
    program = torch.export.export(model, (held_out[:2],), dynamic_shapes=({0: batch},))
    torch._inductor.aoti_compile_and_package(program, package_path=f"{folder}/digits.pt2")
    cmake = (
        (ROOT / "examples/scenarios/cpp/CMakeLists.txt")
        .read_text()
        .replace("classify.cpp", str(ROOT / "benchmarks/cpp_latency.cpp"))
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


def python(call: Callable[[torch.Tensor], object]) -> Timed:
    """How to time a call in this process."""

    def timed(rows: int, calls: int) -> float:
        batch = torch.rand(rows, 8, 8)
        return timer(lambda: call(batch), calls, settle=True)()

    return timed


@contextmanager
def native(command: list[Path], environment: dict[str, str] | None = None) -> Iterator[Timed]:
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


def measure(options: Namespace) -> Result:
    warnings.simplefilter("ignore")
    rounds = 1 if options.quick else ROUNDS
    with tempfile.TemporaryDirectory() as made, torch.inference_mode(False):
        folder = Path(made)
        model = build(folder)
        package = torch._inductor.aoti_load_package(f"{folder}/digits.pt2")
        command = [folder / "build/classify", folder / "digits.pt2"]
        with native(command) as plain, native(command, KEEP) as keeping:
            variants = {
                "eager PyTorch": python(model),
                "package, in Python": python(package),
                "package, in C++": plain,
                "package, in C++, `malloc` that keeps its memory": keeping,
            }
            ms: dict[str, dict[str, list[float]]] = {name: {} for name in variants}
            with torch.inference_mode():
                for rows, calls in CALLS.items():
                    calls = 1 if options.quick else calls
                    timers = {
                        name: lambda timed=timed, rows=rows, calls=calls: timed(rows, calls)
                        for name, timed in variants.items()
                    }
                    for name, values in interleave(timers, rounds, warm_up=0).items():
                        ms[name][str(rows)] = [round(value, 6) for value in values]
        return {
            "rounds": rounds,
            "package_bytes": (folder / "digits.pt2").stat().st_size,
            "ms": ms,
        }


def table(result: Result) -> str:
    """The table: median time of a call, and how much faster than eager."""
    base, rows = result["ms"]["eager PyTorch"], []
    for name, by in result["ms"].items():
        cells = [name]
        for size, times in by.items():
            low, middle, high = quartiles(ratios(base[size], times), "exclusive")
            ratio = f"**{middle:.2g} {TIMES}** ({low:.2g} to {high:.2g})"
            cells += [f"{median(times):.3f}", "1" if by is base else ratio]
        rows.append(cells)
    heads = [
        head for size in CALLS for head in (f"{size} row{'s' * (size > 1)}, ms", "against eager")
    ]
    return (
        f"{results.table(['', *heads], rows)}\n*One thread, {machine.facts(result).line}.\n"
        f"Medians of {result.get('rounds', ROUNDS)} rounds (quartiles); "
        "above 1 is faster than eager.*\n"
    )


BENCHMARK = Benchmark(
    "cpp", "benchmarks/cpp.py", measure, lambda result: {"cpp": table(result)}, threads=1
)

if __name__ == "__main__":
    BENCHMARK.main(__doc__)
