"""The reference service under faults: what became of every request.

    python benchmarks/faults.py                  # about three minutes
    python benchmarks/faults.py --quick          # shorter
    python benchmarks/faults.py --only poison

Real processes, on 127.0.0.1, each ended at the end. The same faults are tests
in tests/pages/best-practices/faults; here they leave figures. Writes
results/faults.json and the table of docs/best-practices/faults.md. A fault
that cannot be made on this machine, or that the service does not survive, is
a row that says so.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psutil
from harness import machine, results
from harness.results import short
from harness.script import Benchmark, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

sys.path.append(str(results.ROOT))

from tests.service import BUNDLE, JUMPS, POISON, Server, memory

SCRIPT = "python benchmarks/faults.py"
FREE = {"SERVICE_DEADLINE_S": "60"}
Row = tuple[str, str]  # what came of it, and whether that is what must hold


def counts(answers: list[str]) -> str:
    seen = Counter(answers)
    names = {
        "200": "answered",
        "429": "refused (429)",
        "503": "refused (503)",
        "lost": "lost",
        "no connection": "not accepted",
    }
    return ", ".join(f"{seen[key]:,} {names.get(key, key)}" for key in sorted(seen))


class Faults:
    """One method a fault; its first line says what is done."""

    def __init__(self, folder: Path, quick: bool) -> None:
        self.folder, self.quick = folder, quick
        self.photograph = (folder / "artifact/golden.jpg").read_bytes()

    @contextlib.contextmanager
    def serving(self, *arguments: str, **options: Any) -> Any:
        server = Server(self.folder, *arguments, **options)
        try:
            yield server
        finally:
            server.close()

    def overload(self) -> Row:
        """48 clients at once for half a minute, where 16 may be inside"""
        with self.serving(SERVICE_MAX_QUEUE="16", **FREE) as server:
            server.storm(self.photograph, 150, 48)
            before = memory(server.process)
            end = time.monotonic() + (3 if self.quick else 30)
            answers: list[str] = []
            while time.monotonic() < end:
                answers += server.storm(self.photograph, 150, 48)
            grown = memory(server.process) / before - 1
        fine = set(answers) == {"200", "429"} and grown <= 0.1
        return (
            f"{counts(answers)}; memory {grown:+.1%}",
            "answers and 429s only; memory within 10 %" if fine else "**failed**",
        )

    def stopped(self) -> Row:
        """SIGTERM while 12 requests are inside and more come"""
        with self.serving(**FREE) as server:
            asked_before = server.log.read_text().count('"message": "request"')
            with ThreadPoolExecutor(12) as clients:
                asked = [clients.submit(server.ask, self.photograph) for _ in range(100)]
                while sum(one.done() for one in asked) < 25:
                    time.sleep(0.01)
                server.process.send_signal(signal.SIGTERM)
                answers = [one.result() for one in asked]
            code = server.process.wait(30)
            taken = server.log.read_text().count('"message": "request"') - asked_before
        # read by the service, and no answer came
        lost = taken - sum(answer.isdigit() for answer in answers)
        unread = answers.count("lost") - lost
        text = ", ".join(part for part in counts(answers).split(", ") if not part.endswith(" lost"))
        if unread:
            text += f", {unread} closed before the service had read anything"
        return (
            f"{text}; **{lost} lost**",
            "no accepted request lost" if lost == 0 and code == -signal.SIGTERM else "**failed**",
        )

    def killed(self) -> Row:
        """SIGKILL to one of two workers, 8 requests out"""
        with self.serving("--workers", "2", wait=False, **FREE) as server:
            server.wait_until_ready(times=2)
            workers = [
                p
                for p in psutil.Process(server.process.pid).children()
                if "spawn_main" in " ".join(p.cmdline())
            ]
            with ThreadPoolExecutor(8) as clients:
                asked = [clients.submit(server.ask, self.photograph) for _ in range(60)]
                while sum(one.done() for one in asked) < 10:
                    time.sleep(0.01)
                workers[0].kill()
                answers = [one.result() for one in asked]
            start = time.monotonic()
            server.wait_until_ready(times=3)
            after = server.storm(self.photograph, 10, 2)
        fine = answers.count("lost") <= 8 and set(after) == {"200"} and time.monotonic() > start
        return (
            f"{counts(answers)}; a new worker, then {counts(after)}",
            "at most the 8 that were out" if fine else "**failed**",
        )

    def half_open(self) -> Row:
        """100 connections that send half a header, and stay"""
        with self.serving(**FREE) as server, contextlib.ExitStack() as stack:
            for _ in range(100):
                half = stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
                half.sendall(b"POST /v1/classify HTTP/1.1\r\nHost: x\r\nContent-Ty")
            answers = server.storm(self.photograph, 10, 2)
        return f"somebody else: {counts(answers)}", "others are served" if set(answers) == {
            "200"
        } else "**failed**"

    def malformed(self) -> Row:
        """1,000 malformed requests from hypothesis"""
        seen: Counter[str] = Counter()
        paths = [
            "/v1/classify",
            "/v1/classify?top=x",
            "/v2/models/efficientnet-lite0/infer",
            "/v2/models/%00/infer",
            "/%ff",
        ]

        @settings(
            max_examples=100 if self.quick else 1000,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(
            body=st.binary(max_size=2000),
            kind=st.sampled_from(["image/jpeg", "image/png", "application/json", "", "x/y;z"]),
            path=st.sampled_from(paths),
            header=st.sampled_from(["", "0", "5", "-1", "999999", "abc"]),
        )
        def ask(body: bytes, kind: str, path: str, header: str) -> None:
            headers = {"Content-Type": kind, "Inference-Header-Content-Length": header}
            seen[f"{client.post(path, content=body, headers=headers).status_code // 100}xx"] += 1

        with (
            self.serving(**FREE) as server,
            httpx.Client(base_url=server.url, timeout=60) as client,
        ):
            ask()
        text = ", ".join(f"{count:,} × {status}" for status, count in sorted(seen.items()))
        return f"{text}; **{seen['5xx']} × 5xx**", "no 5xx" if not seen["5xx"] else "**failed**"

    def too_large(self) -> Row:
        """6 MB of nothing; 140 kB that unpack to 144 megapixels"""
        bomb = io.BytesIO()
        Image.new("1", (12_000, 12_000)).save(bomb, "png")
        with self.serving(**FREE) as server:
            first = server.ask(b"x" * 6_000_000)
            before = memory(server.process)
            headers = {"Content-Type": "image/png"}
            second = str(
                httpx.post(
                    f"{server.url}/v1/classify",
                    content=bomb.getvalue(),
                    headers=headers,
                    timeout=60,
                ).status_code
            )
            grown = (memory(server.process) - before) / 1e6
            after = server.ask(self.photograph)
        fine = (first, second, after) == ("413", "413", "200")
        return (
            f"{first}, {second}; {grown:+.0f} MB; then {after}",
            "refused before memory is taken" if fine else "**failed**",
        )

    def full_disk(self) -> Row:
        """a disk without a free byte at the start"""
        full = self.folder.parent / "full"
        full.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(full)]
        if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
            return "not tried: mounting needs root", "starts and answers"
        try:
            with contextlib.suppress(OSError):
                (full / "rest").write_bytes(b"x" * 100_000)
            with self.serving(TMPDIR=str(full), HOME=str(full), **FREE) as server:
                answer = server.ask(self.photograph)
        finally:
            subprocess.run(["umount", str(full)], check=True)
        return (
            f"starts; {counts([answer])}",
            "starts and answers" if answer == "200" else "**failed**",
        )

    def corrupt(self) -> Row:
        """one bit of the artifact differs"""
        copy = self.folder.parent / "corrupt"
        shutil.copytree(self.folder / "artifact", copy)
        data = bytearray((copy / "model.pt2").read_bytes())
        data[len(data) // 2] ^= 1
        (copy / "model.pt2").write_bytes(data)
        with self.serving(wait=False, SERVICE_ARTIFACT=str(copy)) as server:
            code = server.process.wait(90)
            log = server.log.read_text()
        fine = code == 3 and "Refused" in log and "running on http" not in log
        return (
            f"exit code {code}, before it listens",
            "ends, and says which file" if fine else "**failed**",
        )

    def clock(self) -> Row:
        """a clock that jumps by hours, with every look at it"""
        jumps = self.folder.parent / "jumps"
        jumps.mkdir()
        (jumps / "sitecustomize.py").write_text(JUMPS)
        with self.serving(PYTHONPATH=str(jumps), **FREE) as server:
            answers = server.storm(self.photograph, 40, 4)
        return counts(answers), "no deadline moves" if set(answers) == {"200"} else "**failed**"

    def poison(self) -> Row:
        """3 pictures that make the model raise, among 20 good ones"""
        (self.folder / "poison.py").write_text(POISON)
        black = io.BytesIO()
        Image.new("RGB", (300, 300)).save(black, "png")

        def bad() -> str:
            headers = {"Content-Type": "image/png"}
            return str(
                httpx.post(
                    f"{server.url}/v1/classify",
                    content=black.getvalue(),
                    headers=headers,
                    timeout=60,
                ).status_code
            )

        with (
            self.serving(app="poison:create_app", **FREE) as server,
            ThreadPoolExecutor(8) as clients,
        ):
            asked = [clients.submit(server.ask, self.photograph) for _ in range(20)]
            wrong = [clients.submit(bad) for _ in range(3)]
            good, failed = [one.result() for one in asked], [one.result() for one in wrong]
        fine = set(good) == {"200"} and set(failed) == {"500"}
        return (
            f"good: {counts(good)}; bad: {failed.count('500')} × 500",
            "each fails alone" if fine else "**failed**",
        )


ORDER = (
    "overload",
    "stopped",
    "killed",
    "half_open",
    "malformed",
    "too_large",
    "full_disk",
    "corrupt",
    "clock",
    "poison",
)


def measure(options: Namespace) -> Result:
    """Make every fault, one after another."""
    rows = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "bundle"
        shutil.copytree(BUNDLE, folder, ignore=shutil.ignore_patterns("__pycache__"))
        subprocess.run(
            [sys.executable, "build.py"], cwd=folder, check=True, capture_output=True, timeout=600
        )
        faults = Faults(folder, options.quick)
        for name in options.only or ORDER:
            call: Callable[[], Row] = getattr(faults, name)
            start = time.monotonic()
            try:
                found, holds = call()
            except Exception as error:  # a fault that ends the others would hide them
                found, holds = short(error), "**failed**"
            rows.append(
                {
                    "fault": str(call.__doc__).strip(),
                    "found": found,
                    "holds": holds,
                    "seconds": round(time.monotonic() - start, 1),
                }
            )
            print(f"{name}: {found} ({holds})", file=sys.stderr, flush=True)
    return {"rows": rows}


def table(result: Result) -> str:
    rows = [(row["fault"], row["found"], row["holds"]) for row in result["rows"]]
    text = results.table(["Fault", "What became of it", "What must hold"], rows, "lll")
    return text + "\n" + machine.note(result, "One run, real processes.", SCRIPT)


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--only", nargs="+", choices=ORDER, help="some faults")


BENCHMARK = Benchmark(
    "faults",
    SCRIPT,
    measure,
    lambda result: {"faults": table(result)},
    packages=("torch", "fastapi", "uvicorn"),
    quiet=False,
    arguments=arguments,
    partial=lambda options: bool(options.only),
)

if __name__ == "__main__":
    BENCHMARK.main(__doc__)
