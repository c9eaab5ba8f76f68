"""The machine that a result was measured on, and whether it is fit to measure on."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil

INSTRUCTIONS = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8")
# What changes a time without being seen in a program.
SETTINGS = ["LD_PRELOAD", "ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA", "OMP_NUM_THREADS"]
SETTINGS += ["MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "MALLOC_CONF"]
QUIET = 0.05  # share of the CPUs that other processes may use
WINDOW = 3.0  # seconds over which their use is measured
STEADY = 1.5  # times by which the speed of memory may change during a run
FIT = 0.5  # share of the machine's own rate below which an fp32 baseline is doubted


class Refused(SystemExit):
    """A measurement that would mislead; the message says why, the exit status is 1."""


# What the machine is.


def processor() -> tuple[str, list[str]]:
    """The CPU's name and all of its flags."""
    name, flags = platform.processor() or platform.machine(), []
    info = Path("/proc/cpuinfo")
    for line in info.read_text().splitlines() if info.exists() else []:
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            name = value.strip()
        elif key.strip() == "flags":
            flags = value.split()
    return name, flags


def quota(top: Path = Path("/sys/fs/cgroup")) -> float | None:
    """CPUs that the cgroup allows, by version 2 or 1; None without a limit."""
    try:
        if (top / "cpu.max").exists():
            limit, period = (top / "cpu.max").read_text().split()
        else:
            limit = (top / "cpu/cpu.cfs_quota_us").read_text().strip()
            period = (top / "cpu/cpu.cfs_period_us").read_text()
    except OSError:
        return None
    return None if limit in ("max", "-1") else round(int(limit) / int(period), 2)


def allocator() -> str:
    """The library that serves malloc, as far as the environment tells."""
    preloaded = [Path(path).name for path in os.environ.get("LD_PRELOAD", "").split()]
    others = [name for name in preloaded if "malloc" in name]
    return others[0] if others else " ".join(platform.libc_ver())


def threads() -> int:
    """Threads that PyTorch uses, where it is loaded, and else those that OpenMP would."""
    torch = sys.modules.get("torch")
    if torch is not None:
        return int(torch.get_num_threads())
    return int(os.environ.get("OMP_NUM_THREADS", len(os.sched_getaffinity(0))))


def load_average() -> float:
    """Of the last minute."""
    return round(os.getloadavg()[0], 1)


def environment(packages: Iterable[str]) -> dict[str, Any]:
    """The machine, its load and the versions that a result depends on."""
    cpu, flags = processor()
    return {
        "date": date.today().isoformat(),
        "cpu": cpu,
        "instructions": [name for name in INSTRUCTIONS if name in flags],
        "virtual": "hypervisor" in flags,
        "cores": len(os.sched_getaffinity(0)),
        "threads": threads(),
        "quota": quota(),
        "allocator": allocator(),
        "settings": {name: os.environ[name] for name in SETTINGS if name in os.environ},
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load_at_start": load_average(),
        "versions": {name: metadata.version(name) for name in packages},
    }


# Whether it is quiet.


def cpu_seconds(stat: Path = Path("/proc/stat")) -> float:
    """Seconds that all CPUs were busy since the start, time that other machines took included."""
    user, nice, system, _, _, irq, soft, steal = map(int, stat.read_text().split()[1:9])
    return (user + nice + system + irq + soft + steal) / os.sysconf("SC_CLK_TCK")


def own_seconds() -> float:
    """CPU seconds of this process and of all that it started and that still run."""
    me = psutil.Process()
    total = 0.0
    for process in [me, *me.children(recursive=True)]:
        try:
            used = process.cpu_times()
        except psutil.Error:
            continue
        total += used.user + used.system
    return total


def use_by_others(window: float = WINDOW) -> float:
    """The share of the CPUs that other processes use, over `window` seconds."""
    start, all_before, own_before = time.monotonic(), cpu_seconds(), own_seconds()
    time.sleep(window)
    others = cpu_seconds() - all_before - (own_seconds() - own_before)
    return max(0.0, others / (time.monotonic() - start) / (os.cpu_count() or 1))


def wait_until_quiet(
    limit: float, allow_busy: bool = False, use: Callable[[], float] = use_by_others
) -> dict[str, Any]:
    """Wait until other processes leave the CPUs alone.

    Args:
        limit: seconds after which a machine that is still busy is refused.
        allow_busy: measure at once, and mark the result.
        use: what measures the share that others use.

    Returns:
        What the result's environment says about it.

    Raises:
        Refused: the machine is still busy after `limit` seconds.
    """
    end = time.monotonic() + limit
    while True:
        share = use()
        if share < QUIET or allow_busy:
            busy = {"busy": True} if share >= QUIET else {}
            return {"others_at_start": round(share, 3)} | busy
        if time.monotonic() >= end:
            raise Refused(
                f"other processes use {share:.0%} of the CPUs, and have not stopped for "
                f"{limit:.0f} s: nothing was measured (--allow-busy measures all the same, and "
                "says so in the result)"
            )
        print(f"waiting: other processes use {share:.0%} of the CPUs", file=sys.stderr, flush=True)


# Whether it stays what it was: neighbors on the same host take memory's speed, and no CPU shows it.


def copy_rate(size: int = 2**27, rounds: int = 5) -> float:
    """GB/s at which one thread copies memory, read and write counted, the fastest of a few."""
    source, target = (memoryview(bytearray(size)) for _ in range(2))
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        target[:] = source
        seconds.append(time.perf_counter() - start)
    return round(2 * size / min(seconds) / 1e9, 1)


def is_unsteady(rates: Iterable[float]) -> bool:
    """Whether memory was much faster at one end of a run than at the other."""
    rates = list(rates)
    return max(rates) > STEADY * min(rates)


# Whether a baseline is worth a comparison.


@dataclass(frozen=True)
class Baseline:
    """The fp32 call that a result's ratios refer to.

    `explanation` says why it may stay under half of the machine's rate: small layers, memory-bound
    convolutions. It is written into the result.
    """

    name: str
    flops: float  # of a call
    ms: float
    threads: int
    explanation: str = ""


def gemm_gflops(threads: int, side: int = 1024, rounds: int = 7) -> float:
    """GFLOP/s of an fp32 matrix product, the fastest of a few."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    left, right = torch.rand(side, side), torch.rand(side, side)
    seconds = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        left @ right
        seconds.append(time.perf_counter() - start)
    torch.set_num_threads(before)
    return 2 * side**3 / min(seconds[1:]) / 1e9


def check_baseline(
    baseline: Baseline, measure: Callable[[int], float] = gemm_gflops
) -> dict[str, Any]:
    """Compare a baseline with a matrix product on the spot.

    Returns:
        Both rates, for the result.

    Raises:
        Refused: the baseline reaches less than half, and the script does not explain it.
    """
    roof = measure(baseline.threads)
    rate = baseline.flops / baseline.ms / 1e6
    if rate < FIT * roof and not baseline.explanation:
        raise Refused(
            f"{baseline.name}: {rate:.1f} GFLOP/s, where a matrix product reaches {roof:.1f} with "
            f"{baseline.threads} threads: ratios to this baseline would mislead, nothing was "
            "written (a Baseline with an explanation is let through)"
        )
    return {
        "name": baseline.name,
        "gflops": round(rate, 1),
        "matmul_gflops": round(roof, 1),
        "share": round(rate / roof, 3),
        "threads": baseline.threads,
        "explanation": baseline.explanation,
    }


# What a result says about it.


@dataclass(frozen=True)
class Facts:
    """The environment of a result, read back.

    Results that are older than this module wrote it in other forms: `level` is then PyTorch's name
    of the instruction set, and `parts` keep the order of their tables.
    """

    cpu: str
    level: str
    date: str
    python: str
    cores: int
    threads: int
    load: str
    versions: dict[str, str]
    parts: list[str] = field(default_factory=list)  # of a caption

    @property
    def processor(self) -> str:
        """The CPU with its instruction set, and the number of threads."""
        return f"{self.cpu} ({self.level}), {self.threads} threads"

    @property
    def line(self) -> str:
        """The whole environment in a line."""
        return ", ".join(self.parts)


OTHER_KEYS = {"date", "cpu", "processor", "capability", "cores", "threads", "python", "load"}
OTHER_KEYS |= {"load_at_start", "rounds", "model", "libc", "machine", "system", "platform"}
OTHER_KEYS |= {"avx512_vnni", "amx_int8", "gpu", "driver", "memory", "cuda"}


def facts(result: dict[str, Any], titles: dict[str, str] | None = None) -> Facts:
    """What a result says about its machine; `titles` are names of packages in tables."""
    about = result.get("environment") or result.get("about")
    if about is None:  # the oldest form: beside the figures
        about = {key: result[key] for key in ("date", "machine", "torch") if key in result}
        about |= result.get("versions", {})
    versions = about.get("versions") or {k: v for k, v in about.items() if k not in OTHER_KEYS}
    name, _, rest = about.get("processor", "").partition(" (")
    capability, _, count = rest.partition("), ")
    levels = about.get("instructions") or [about.get("capability", capability)]
    machine, _, python = about.get("machine", "").partition(", Python ")
    found = Facts(
        cpu=about.get("cpu") or name or machine or about.get("gpu", ""),
        level=levels[-1],
        date=about["date"],
        python=about.get("python", python),
        cores=int(about.get("cores", 0)),
        threads=int(about.get("threads") or count.partition(" ")[0] or 0),
        load=str(about.get("load_at_start", about.get("load", result.get("load", "")))),
        versions=versions,
    )
    used = [f"{(titles or {}).get(name, name)} {number}" for name, number in versions.items()]
    found.parts.extend(caption_parts(about, found, used))
    return found


def caption_parts(about: dict[str, Any], found: Facts, used: list[str]) -> list[str]:
    """The parts of a caption, in the order of the form that the result has."""
    python = f"Python {found.python}"
    if "processor" in about:
        return [found.processor, *used, python, found.date]
    if "cpu" not in about:
        return [found.cpu, python, *used, found.date]
    kind = " of a shared virtual machine" if about.get("virtual", True) else ""
    cores = f"{found.cores} core{'s' * (found.cores != 1)}"
    parts = [f"{found.cpu} ({found.level})", cores + kind]
    if "system" in about:
        end = f" to {about['load_at_end']}" if "load_at_end" in about else ""
        parts += [f"load average {found.load}{end}", about["system"], python, *used]
    else:
        parts += [f"load average {found.load} at the start"] * ("load" in about)
        parts += [*used, python, *([about["libc"]] if "libc" in about else [])]
    if "allocator" in about:
        parts.append(about["allocator"])
    if about.get("quota"):
        parts.append(f"a quota of {about['quota']:g} CPUs")
    parts += [f"{name}={value}" for name, value in about.get("settings", {}).items()]
    if rates := about.get("copy_gb_s"):
        parts.append("memory copied at {} to {} GB/s".format(*rates))
        parts += ["**whose speed changed during the run**"] * is_unsteady(rates)
    if about.get("busy"):
        parts.append("**taken on a busy machine**")
    return [*parts, found.date]


def note(
    result: dict[str, Any],
    how: str,
    script: str,
    subject: str = "",
    titles: dict[str, str] | None = None,
) -> str:
    """The line under a table: the machine, how it was measured, and how to repeat it."""
    line = facts(result, titles).line
    return f"*{subject}{line}. {how} `{script}` measures it again on yours.*\n"


def caption(result: dict[str, Any]) -> str:
    """Where and when, in short: what readers of a claim see."""
    found = facts(result)
    torch = found.versions.get("torch", "").partition("+")[0]
    with_torch = f"torch {torch}, " if torch else ""
    cores = f"{found.cores} cores, " if found.cores else ""
    return f"{found.cpu}, {cores}{with_torch}measured {found.date}"
