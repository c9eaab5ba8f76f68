"""Run benchmarks to their end, or make their tables again.

    python benchmarks                    # the core set; says how far it is
    python benchmarks --resume           # leaves out what an interrupted run has finished
    python benchmarks --only gpu edge    # some, by name: a script, a result, a runtime or a server
    python benchmarks --quick            # do they work? seconds each, nothing is written
    python benchmarks --tables           # every table and plot, from the results that are there
    python benchmarks --list

A script that fails does not stop the others; it is named at the end, and the exit status is 1.
"""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from harness.results import RESULTS, read
from harness.script import Benchmark

HERE = Path(__file__).resolve().parent
STAMP = HERE.parent / ".cache/bench/started"
# What pages conclude from, on a machine with nothing but `make test`'s packages and a compiler.
CORE: tuple[str, ...] = ("roofline", "batching", "quantization_speed", "compression")
CORE += ("cpu_tuning", "generation", "interpretability", "load_curve", "faults", "guard_matrix")
CORE += ("text", "translation", "image_recognition", "recommendation", "cpp", "edge", "runtimes")
REST = {
    "servers": "four environments of their own (--install)",
    "scanners": "an environment of its own (--install)",
    "image_size": "the network, and 1.5 GB of temporary space",
    "gpu": "an NVIDIA GPU",
}
FILES = {"servers": ("servers", "servers-photo")}  # results of scripts with several


def result_names(script: str) -> tuple[str, ...]:
    """The results that a script writes."""
    return FILES.get(script, (script.replace("_", "-"),))


def script_of(name: str) -> tuple[str, ...]:
    """The script that is called so, whose result is, or that measures this tool, with options."""
    for script in (*CORE, *REST):
        if name in (script, *result_names(script)):
            return (script,)
    import runtimes
    import servers

    if name in runtimes.VARIANTS or name in {v.tool for v in runtimes.VARIANTS.values()}:
        return ("runtimes", "--only", name)
    if name in {server.key for server in servers.SERVERS}:
        return ("servers", "--only", name)
    raise SystemExit(f"no benchmark is called {name}; python benchmarks --list names them")


def minutes(script: str) -> str:
    """What the last run took, where its result says so."""
    path = RESULTS / f"{result_names(script)[0]}.json"
    about = read(path.stem).get("environment", {}) if path.exists() else {}
    return f"{about['minutes']:.0f} min last time" if "minutes" in about else "no time known"


def is_finished(script: str, since: float) -> bool:
    """Whether all results of a script are newer than the start of the run."""
    paths = [RESULTS / f"{name}.json" for name in result_names(script)]
    return all(path.exists() and path.stat().st_mtime > since for path in paths)


def run(scripts: list[tuple[str, ...]], options: list[str], since: float | None) -> list[str]:
    """Run scripts one after another; the names of those that failed."""
    failed, begin = [], time.monotonic()
    for number, (script, *own) in enumerate(scripts, 1):
        place = f"{number} of {len(scripts)}: {script}"
        if since is not None and is_finished(script, since):
            print(f"{place}, finished before", flush=True)
            continue
        print(f"{place} ({minutes(script)})", flush=True)
        start = time.monotonic()
        command = [sys.executable, str(HERE / f"{script}.py"), *own, *options]
        code = subprocess.run(command, check=False).returncode
        took, total = ((time.monotonic() - at) / 60 for at in (start, begin))
        print(f"{place}: exit status {code}, {took:.1f} min, {total:.1f} in all", flush=True)
        if code:
            failed.append(script)
    return failed


def benchmarks() -> Iterator[Benchmark]:
    """What every script measures."""
    for script in (*CORE, *REST):
        module = importlib.import_module(script)
        yield from module.BENCHMARKS if script in FILES else [module.BENCHMARK]


def main() -> int:
    """The command line; the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", metavar="NAME", help="some scripts, by name")
    parser.add_argument("--resume", action="store_true", help="go on with an interrupted run")
    parser.add_argument("--quick", action="store_true", help="smallest sizes; prints")
    parser.add_argument("--tables", action="store_true", help="only tables and plots")
    parser.add_argument("--source", type=Path, default=RESULTS, help="results to make tables of")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where tables go")
    parser.add_argument("--list", action="store_true", help="names, and what the rest needs")
    options, others = parser.parse_known_args()
    if options.list:
        print("\n".join(f"{script}: {minutes(script)}" for script in CORE))
        print("\n".join(f"{script}: by name, needs {what}" for script, what in REST.items()))
        return 0
    if options.tables:
        for benchmark in benchmarks():
            benchmark.regenerate(options.source, options.results)
        return 0
    scripts = list(dict.fromkeys(map(script_of, options.only or CORE)))
    since = STAMP.stat().st_mtime if options.resume and STAMP.exists() else None
    if since is None and not options.quick:
        STAMP.parent.mkdir(parents=True, exist_ok=True)
        STAMP.touch()
    failed = run(scripts, [*others, *["--quick"] * options.quick], since)
    print(f"{len(scripts) - len(failed)} of {len(scripts)} finished")
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
