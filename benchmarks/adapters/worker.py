"""One runtime, one model, one process.

    python -m adapters.worker build TASK   # writes the artifact
    python -m adapters.worker serve TASK   # answers, and is timed

TASK is JSON, see `Task`.  The process says what it has to say as lines of
JSON on standard output; whatever a library prints goes to standard error.
Nothing here imports torch: a runtime that does without it shows that.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LARGEST = 64


@dataclass(frozen=True)
class Task:
    """Which runtime (`tool`) runs which model, how, and where files lie."""

    tool: str  # a module of this folder
    variant: str  # what the module tells apart
    model: str
    folder: str
    threads: int = 1

    def path(self, name: str) -> Path:
        """A file of this variant."""
        return Path(self.folder) / f"{self.model}-{self.variant}" / name

    def given(self, name: str) -> Path:
        """A file that `models.prepare` wrote."""
        return Path(self.folder) / f"{self.model}{name}"


def peak_bytes() -> int:
    """The most memory that this process has held (VmHWM)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def build(task: Task, tool: Any) -> dict[str, Any]:
    """Write the artifact; its seconds and the bytes of its files."""
    folder = task.path("")
    folder.mkdir(exist_ok=True)
    start = time.perf_counter()
    tool.build(task)
    seconds = time.perf_counter() - start
    files = [task.path(name) for name in tool.files(task)]
    return {"build_s": round(seconds, 2), "bytes": sum(path.stat().st_size for path in files)}


def serve(task: Task, tool: Any, started: float, say: Any) -> None:
    """Load, answer once, then do what each line of standard input asks."""
    import numpy

    begun = time.monotonic()
    tool.imports(task)
    imported = time.monotonic()
    run = tool.load(task)
    loaded = time.monotonic()
    one = numpy.load(task.given("-one.npy"))
    run(one)
    answered = time.monotonic()
    say(
        start_s=round(answered - started, 3),
        import_s=round(imported - begun, 3),
        load_s=round(loaded - imported, 3),
        first_ms=round((answered - loaded) * 1e3, 3),
        peak_bytes=peak_bytes(),
    )
    inputs = numpy.load(task.given("-inputs.npy"))
    for line in sys.stdin:
        try:
            say(**reply(run, inputs, one, json.loads(line)))
        except Exception as error:  # one size may work where another fails
            traceback.print_exc()
            say(failed=f"{type(error).__name__}: {error}"[:4000])


def reply(run: Any, inputs: Any, one: Any, wanted: dict[str, Any]) -> dict[str, Any]:
    """Save the answers to all inputs, or time calls with some rows of them."""
    import numpy

    if "answers" in wanted:
        parts = [run(inputs[at : at + LARGEST]) for at in range(0, len(inputs), LARGEST)]
        numpy.save(wanted["answers"], numpy.concatenate(parts).astype("float32"))
        return {"peak_bytes": peak_bytes()}
    if "one" in wanted:
        numpy.save(wanted["one"], numpy.asarray(run(one), dtype="float32"))
        return {}
    batch = inputs[: wanted["rows"]].copy()
    # What waited for its turn may have lost caches, and memory that the system took for idle.
    run(batch)
    times: list[float] = []
    while sum(times) < wanted["seconds"] and len(times) < wanted["most"]:
        start = time.perf_counter()
        run(batch)
        times.append(time.perf_counter() - start)
    return {"ms": round(sorted(times)[len(times) // 2] * 1e3, 5), "calls": len(times)}


def main() -> None:
    """Command line."""
    # What libraries print must not get between the lines of JSON.
    channel = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)

    def say(**answer: Any) -> None:
        channel.write(json.dumps(answer) + "\n")

    what, text = sys.argv[1:3]
    message = json.loads(text)
    started = message.pop("started", time.monotonic())
    task = Task(**message)
    try:
        tool = importlib.import_module(f"adapters.{task.tool}")
        if what == "build":
            say(**build(task, tool))
        else:
            serve(task, tool, started, say)
    except Exception as error:
        traceback.print_exc()
        kind = type(error)
        say(error=f"{kind.__name__}: {error}"[:4000])
        os._exit(1)
    channel.flush()
    os._exit(0)  # how a library tidies up is not measured


if __name__ == "__main__":
    main()
