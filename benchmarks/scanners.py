"""What three scanners let through when a script goes by their exit code.

    python benchmarks/scanners.py              # about a minute
    python benchmarks/scanners.py --install    # first makes modelscan's environment

modelscan pins an older `rich` than the handbook's environment has, so it runs
in an environment of its own, .cache/bench/modelscan or the one that
--modelscan names by its program. Without it, nothing is measured.

It writes results/scanners.json and the table of docs/outlook/security.md.
"""

import subprocess
import sys
import tempfile
import zipfile
from argparse import ArgumentParser, Namespace
from pathlib import Path

from harness import machine, results
from harness.machine import Refused
from harness.script import Benchmark, Result, import_from

MODELSCAN = results.ROOT / ".cache/bench/modelscan/bin/modelscan"
PIN = "modelscan==0.8.8"


def passes(command: list[str], folder: Path) -> bool:
    """Whether `command && deploy` would deploy."""
    return (
        subprocess.run(
            command, cwd=folder, capture_output=True, timeout=120, check=False
        ).returncode
        == 0
    )


def unpacked(path: Path) -> list[Path]:
    """The pickles of an archive and of archives within, written beside it;
    a file that is none as it is.
    """
    if not zipfile.is_zipfile(path):
        return [path]
    inside = path.with_suffix(".unpacked")
    with zipfile.ZipFile(path) as archive:
        archive.extractall(inside)
    files = [p for p in inside.rglob("*") if p.is_file()]
    found = [p for p in files if p.suffix == ".pkl"]
    return found + [p for nested in files if zipfile.is_zipfile(nested) for p in unpacked(nested)]


def install(program: Path) -> None:
    """Make modelscan's environment."""
    home = program.parent.parent
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    pip = [str(home / "bin/python"), "-m", "pip", "install", "--quiet", PIN]
    subprocess.run(pip, check=True, timeout=900)


def measure(options: Namespace) -> Result:
    """Let every scanner see every file; with --quick those of this environment see one."""
    import_from("outlook/security")
    import strangers

    modelscan = options.modelscan.absolute()
    if options.install and not modelscan.exists():
        install(modelscan)
    if not (modelscan.exists() or options.quick):
        raise Refused(f"{modelscan} is missing: run with --install, or say --modelscan PROGRAM")
    tools = Path(sys.executable).parent
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "strangers"
        hides = strangers.write(folder)
        if options.quick:
            hides = dict(list(hides.items())[:1])
        passed: dict[str, dict[str, bool]] = {}
        for name in hides:
            fickling = [str(tools / "fickling"), "--check-safety"]
            found = {"picklescan": passes([str(tools / "picklescan"), "--path", name], folder)}
            if modelscan.exists():
                found["modelscan"] = passes([str(modelscan), "--path", name], folder)
            found["fickling"] = passes([*fickling, name], folder)
            found["fickling, unpacked"] = all(
                passes([*fickling, str(path)], folder) for path in unpacked(folder / name)
            )
            passed[name] = found
        if (folder / strangers.MARK).exists():
            raise SystemExit("a scanner ran what it scanned")
    versions = {}
    if modelscan.exists():
        told = subprocess.run(
            [str(modelscan), "--version"], capture_output=True, text=True, check=False
        ).stdout.split()
        versions["modelscan"] = told[-1] if told else "?"
    return {"versions": versions, "hides": hides, "passed": passed}


def table(result: Result) -> str:
    """One row a file, and the sums: misses and false alarms."""
    hides, passed = result["hides"], result["passed"]
    tools = list(next(iter(passed.values())))
    rows = []
    for name, by in passed.items():
        let, stopped = (
            ("**let through**", "stopped") if hides[name] else ("let through", "*stopped*")
        )
        rows.append([f"`{name}`", *(let if by[tool] else stopped for tool in tools)])
    for title, bad in (("missed", True), ("false alarms", False)):
        names = [name for name in hides if hides[name] is bad]
        counts = [sum(passed[name][tool] is bad for name in names) for tool in tools]
        rows.append([title, *(f"{count} of {len(names)}" for count in counts)])
    where = machine.facts(result)
    line = where.line
    if "environment" in result:
        own = [f"{name} {number}" for name, number in result["versions"].items()]
        line = ", ".join([*where.parts[:-1], *own, where.date])
    return (
        results.table(["File", *tools], rows, "l" * (len(tools) + 1))
        + f"\n*{line}; modelscan in an environment of its own.\n"
        "`bad-` files carry a call; bold is a miss, italics a false alarm.*\n"
    )


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--modelscan", type=Path, default=MODELSCAN, help="its program")
    parser.add_argument("--install", action="store_true", help="make its environment first")


BENCHMARK = Benchmark(
    "scanners",
    "benchmarks/scanners.py",
    measure,
    lambda result: {"scanners": table(result)},
    packages=("picklescan", "fickling", "torch"),
    quiet=False,
    arguments=arguments,
)

if __name__ == "__main__":
    BENCHMARK.main(__doc__)
