"""What three scanners let through when a script goes by their exit code.

modelscan pins an older `rich` than the handbook's environment has, so it runs
in an environment of its own (python -m venv apart; apart/bin/pip install
modelscan), named by its program:

    python benchmarks/scanners.py apart/bin/modelscan

It writes results/scanners.json and the table of docs/outlook/security.md.
"""

import json
import platform
import subprocess
import sys
import tempfile
import zipfile
from datetime import date
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).resolve()
RESULTS = HERE.parent / "results"
FILES = HERE.parent.parent / "examples/outlook/security"


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


def main(modelscan: str) -> None:
    sys.path.insert(0, str(FILES))
    import strangers

    tools = Path(sys.executable).parent
    modelscan = str(Path(modelscan).absolute())
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "strangers"
        hides = strangers.write(folder)
        passed: dict[str, dict[str, bool]] = {}
        for name in hides:
            pickles = unpacked(folder / name)
            passed[name] = {
                "picklescan": passes([str(tools / "picklescan"), "--path", name], folder),
                "modelscan": passes([modelscan, "--path", name], folder),
                "fickling": passes([str(tools / "fickling"), "--check-safety", name], folder),
                "fickling, unpacked": all(
                    passes([str(tools / "fickling"), "--check-safety", str(p)], folder)
                    for p in pickles
                ),
            }
        if (folder / strangers.MARK).exists():
            raise SystemExit("a scanner ran what it scanned")
    told = subprocess.run(
        [modelscan, "--version"], capture_output=True, text=True, check=False
    ).stdout.split()
    result = {
        "made_by": "benchmarks/scanners.py",
        "date": date.today().isoformat(),
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "versions": {name: version(name) for name in ("picklescan", "fickling", "torch")}
        | {"modelscan": told[-1] if told else "?"},
        "hides": hides,
        "passed": passed,
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "scanners.json").write_text(json.dumps(result, indent=1) + "\n")
    (RESULTS / "scanners.md").write_text(table(result))


def table(result: dict) -> str:
    """One row a file, and the sums: misses and false alarms."""
    hides, passed = result["hides"], result["passed"]
    tools = list(next(iter(passed.values())))
    lines = ["| File | " + " | ".join(tools) + " |", "|---|" + "---|" * len(tools)]
    for name, by in passed.items():
        cells = [
            ("**let through**" if by[tool] else "stopped")
            if hides[name]
            else ("let through" if by[tool] else "*stopped*")
            for tool in tools
        ]
        lines.append(f"| `{name}` | " + " | ".join(cells) + " |")
    for title, bad in (("missed", True), ("false alarms", False)):
        rows = [name for name in hides if hides[name] is bad]
        counts = [sum(passed[name][tool] is bad for name in rows) for tool in tools]
        lines.append(
            f"| {title} | " + " | ".join(f"{count} of {len(rows)}" for count in counts) + " |"
        )
    used = ", ".join(f"{name} {number}" for name, number in result["versions"].items())
    lines += [
        "",
        f"*{result['machine']}, {used}, {result['date']}; modelscan in an environment of its own.",
        "`bad-` files carry a call; bold is a miss, italics a false alarm.*",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(
            "say which modelscan to run: python benchmarks/scanners.py apart/bin/modelscan"
        )
    main(sys.argv[1])
