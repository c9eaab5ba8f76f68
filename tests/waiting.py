"""Waits for an event, and notices when it can no longer come."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest

from fenceproof.run.pace import patience

INTERVAL_S = 0.02
Result = TypeVar("Result")
SHOWN = 6000  # characters of a process's output


def wait_until(
    event: Callable[[], object],
    what: str,
    limit_s: float = 60,
    *,
    process: subprocess.Popen[Any] | None = None,
    output: Path | None = None,
) -> None:
    """Return as soon as `event()` is true; fail when it never becomes true.

    Args:
        event: what to wait for; it may raise when it can no longer come.
        what: the event in words, for the failure's message.
        limit_s: seconds on a quiet machine; a run multiplies them by its factor.
        process: the process that brings the event about. If it ends before, the wait ends, too.
        output: the file that the process writes to; a failure shows its end.
    """
    end = time.monotonic() + patience(limit_s)
    while True:
        # asked for before the event: the last thing that a process does may be the event
        code = process.poll() if process else None
        if event():
            return
        if code is not None:
            pytest.fail(f"the process ended with {code} before: {what}{shown(output)}")
        if time.monotonic() > end:
            pytest.fail(f"not within {patience(limit_s):.0f} s: {what}{shown(output)}")
        time.sleep(INTERVAL_S)


def shown(output: Path | None) -> str:
    """The end of a process's output, to be added to a message."""
    return f"\n{output.read_text(errors='replace')[-SHOWN:]}" if output else ""


def run_coroutine(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """What a coroutine returns, from a thread of its own.

    The main thread of a worker that drives a browser has an event loop already, which a
    second one is not started beside.
    """
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()
