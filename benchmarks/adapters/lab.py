"""Many ways to run one model, each in a process of its own, in turns."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
from harness import rounds as turns
from harness.process import Process, ToolError
from harness.results import short

FOLDER = Path(__file__).resolve().parents[1]
BATCHES = (1, 64)
BUILD_LIMIT, START_LIMIT, TURN_LIMIT = 400.0, 200.0, 120.0  # seconds


@dataclass(frozen=True)
class Variant:
    """One way to run a model."""

    label: str
    tool: str
    precision: str = "fp32"


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


# glibc keeps what a process has had: without this, a large batch waits for memory in each layer.
KEPT = {f"MALLOC_{name}_THRESHOLD_": str(2**30) for name in ("MMAP", "TRIM")}
AS_WRITTEN = "eager"  # the variant without it


def settings(folder: Path, threads: int, key: str = "") -> dict[str, str]:
    """Environment variables of a process, which is that of a variant or of none."""
    return ({} if key == AS_WRITTEN else KEPT) | {
        "OMP_NUM_THREADS": str(threads),
        "TORCHINDUCTOR_CACHE_DIR": str(folder / "cache"),
        "TOKENIZERS_PARALLELISM": "false",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(FOLDER),
    }


class Lab:
    """The processes, files and results of one model."""

    def __init__(
        self, model: str, variants: dict[str, Variant], folder: Path, together: int = 1
    ) -> None:
        """`together` artifacts are built and started at a time:
        more than one spoils the times of that.
        """
        self.together = together
        self.model, self.variants, self.folder = model, variants, folder
        keys = self.keys = list(variants)
        self.rows: dict[str, dict[str, Any]] = {
            key: {"ms": {}, "starts": [], "errors": {}} for key in keys
        }
        self.python: dict[str, str] = {}  # interpreters of tools that have one of their own

    def fail(self, key: str, stage: str, text: str) -> None:
        """Record an error; the first of a stage counts."""
        self.rows[key]["errors"].setdefault(stage, short(text))
        say(f"  {self.model} {key}: {stage} failed: {short(text, 100)}")

    def alive(self, key: str) -> bool:
        """Is there an artifact that loads?"""
        return not {"install", "build", "start"} & set(self.rows[key]["errors"])

    def spawn(self, what: str, key: str, threads: int) -> Process:
        """Start a worker."""
        tool = self.variants[key].tool
        task = {
            "tool": tool,
            "variant": key,
            "model": self.model,
            "folder": str(self.folder),
            "threads": threads,
        }
        command = [self.python.get(tool, sys.executable), "-m", "adapters.worker", what]
        log = self.folder / f"{self.model}-{key}.log"
        task["started"] = time.monotonic()
        return Process([*command, json.dumps(task)], log, settings(self.folder, threads, key))

    def prepare(self, steps: int) -> None:
        """Train the model, or fetch its weights."""
        say(f"{self.model}: {len(self.keys)} variants")
        if (self.folder / f"{self.model}-inputs.npy").exists():
            return
        command = [
            sys.executable,
            "-m",
            "adapters.models",
            str(self.folder),
            str(steps),
            self.model,
        ]
        subprocess.run(
            command, check=True, timeout=BUILD_LIMIT, env=os.environ | settings(self.folder, 1)
        )

    def each(self, work: Callable[[str], None], keys: Iterable[str]) -> None:
        """Do the work for the keys, `together` at a time."""
        with ThreadPoolExecutor(self.together) as pool:
            list(pool.map(work, keys))

    def build(self) -> None:
        """Write every artifact that is not in the folder yet."""
        self.each(self.build_one, [key for key in self.keys if self.alive(key)])

    def build_one(self, key: str) -> None:
        note = self.folder / f"{self.model}-{key}" / "built.json"
        if note.exists():
            self.rows[key] |= json.loads(note.read_text())
            return
        process = self.spawn("build", key, 1)
        try:
            self.rows[key] |= process.read(BUILD_LIMIT)
            note.write_text(
                json.dumps({name: self.rows[key][name] for name in ("build_s", "bytes")})
            )
            say(f"  {self.model} {key}: built in {self.rows[key]['build_s']:.1f} s")
        except ToolError as error:
            self.fail(key, "build", str(error))
        finally:
            process.kill()

    def start(self, threads: int) -> dict[str, Process]:
        """Start every artifact's process."""
        running: dict[str, Process] = {}

        def start_one(key: str) -> None:
            process = self.spawn("serve", key, threads)
            try:
                begun = process.read(START_LIMIT)
            except ToolError as error:
                process.kill()
                self.fail(key, "start", str(error))
                return
            self.rows[key]["starts"].append(begun | {"threads": threads})
            running[key] = process

        keys = [key for key in self.keys if self.alive(key)]
        self.each(start_one, keys)
        return {key: running[key] for key in keys if key in running}

    def ask(
        self, running: dict[str, Process], key: str, stage: str, **message: Any
    ) -> dict[str, Any] | None:
        """One question; a process that died or hung is gone for good."""
        try:
            answer = running[key].ask(TURN_LIMIT, **message)
        except ToolError as error:
            running.pop(key).kill()
            self.fail(key, stage, str(error))
            return None
        if "failed" in answer:
            self.fail(key, stage, answer["failed"])
            return None
        return answer

    def compare(self, running: dict[str, Process]) -> None:
        """Every runtime's answers beside those of eager PyTorch."""
        expected: dict[str, Any] = {}
        path = self.folder / f"{self.model}-labels.npy"
        labels = numpy.load(path) if path.exists() else None
        for key in list(running):
            one, many = (
                self.folder / f"{self.model}-{key}-{name}.npy" for name in ("first", "answers")
            )
            if self.ask(running, key, "1 row", one=str(one)) is not None:
                got = numpy.load(one)
                expected.setdefault("one", got)
                self.rows[key]["difference_one"] = float(numpy.abs(got - expected["one"]).max())
            if key not in running:
                continue
            told = self.ask(running, key, "64 rows", answers=str(many))
            if told is None:
                continue
            got = numpy.load(many)
            expected.setdefault("many", got)
            self.rows[key] |= {
                "peak_bytes": told["peak_bytes"],
                "difference": float(numpy.abs(got - expected["many"]).max()),
                "scale": float(numpy.abs(expected["many"]).max()),
                "agree": float((got.argmax(1) == expected["many"].argmax(1)).mean()),
                "answers": len(got),
            }
            if labels is not None:
                self.rows[key]["accuracy"] = float((got.argmax(1) == labels).mean())

    def rounds(
        self, running: dict[str, Process], threads: int, rounds: int, seconds: float
    ) -> None:
        """Time all of them, in turns."""
        for key in running:
            self.rows[key]["ms"][str(threads)] = {str(size): [] for size in BATCHES}
        for round_ in range(rounds):
            say(f"  {self.model}, {threads} threads: round {round_ + 1} of {rounds}")
            for key in list(running):
                for size in BATCHES:
                    stage = f"{size} row{'s' * (size > 1)}"
                    if key not in running or stage in self.rows[key]["errors"]:
                        continue
                    told = self.ask(running, key, stage, rows=size, seconds=seconds, most=50)
                    times = self.rows[key]["ms"][str(threads)][str(size)]
                    times.append(told["ms"] if told else None)

    def measure(
        self,
        threads: list[int],
        rounds: int,
        seconds: float,
        steps: int = 200,
        timed: bool = True,
    ) -> dict[str, Any]:
        """The rows of all variants; or all but the times, which a busy machine spoils."""
        self.prepare(steps)
        self.build()
        for count in threads if rounds else []:
            running = self.start(count)
            try:
                if count == threads[0]:
                    self.compare(running)
                if timed:
                    self.rounds(running, count, rounds, seconds)
            finally:
                for process in running.values():
                    process.close()
        return self.rows


def ratios(row: dict[str, Any], base: dict[str, Any], threads: int, size: int) -> list[float]:
    """Eager's time divided by the runtime's, of each round."""
    own, eager = (one["ms"].get(str(threads), {}).get(str(size), []) for one in (row, base))
    return turns.ratios(eager, own)


class Messages:
    """Errors and their numbers in the table of messages."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def cell(self, row: dict[str, Any], stage: str) -> str:
        """`failed [3]` if something up to this stage failed, else nothing."""
        for name in ("install", "build", "start", stage):
            if name in row["errors"]:
                text = row["errors"][name]
                place = self.numbers.setdefault(text, len(self.numbers) + 1)
                verb = {"install": "not installed", "build": "not built", "start": "no answer"}.get(
                    name, "fails"
                )
                return f"*{verb}* [{place}]"
        return ""

    def table(self) -> str:
        lines = ["| | Message |", "|---|---|"]
        for text, place in self.numbers.items():
            clean = text.replace("|", "\\|").replace("`", "'")
            lines.append(f"| [{place}] | `{clean}` |")
        return "\n".join(lines) + "\n"
