"""A tool in a process of its own, which is cut off when it hangs."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


class ToolError(Exception):
    """A tool failed, died or hung; the message is what a table shows."""


def end_group(child: subprocess.Popen[bytes]) -> None:
    """End a child that leads a process group, and whatever it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


class Process:
    """A child that answers lines of JSON with lines of JSON.

    It has its own process group, so that whatever it started ends with it.
    Its standard error goes to `log`.  An answer ``{"error": text}``, the end
    of the process and silence for `limit` seconds raise ToolError.
    """

    def __init__(
        self,
        command: list[str],
        log: Path,
        environment: dict[str, str] | None = None,
        cwd: Path | None = None,
        first: Callable[[], None] | None = None,
    ) -> None:
        """`first` is what the child does before it becomes the command."""
        self.log = log
        self._rest = b""
        with log.open("ab") as sink:
            self._child = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=sink,
                env=os.environ | (environment or {}),
                cwd=cwd,
                start_new_session=True,
                preexec_fn=first,
            )

    def read(self, limit: float) -> dict[str, Any]:
        """The next answer, or ToolError."""
        assert self._child.stdout is not None
        end = time.monotonic() + limit
        while b"\n" not in self._rest:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self._child.stdout], [], [], left)[0]:
                self.kill()
                raise ToolError(f"cut off after {limit:.0f} s")
            part = os.read(self._child.stdout.fileno(), 1 << 16)
            if not part:
                raise ToolError(self._obituary())
            self._rest += part
        line, _, self._rest = self._rest.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            self.kill()
            raise ToolError(answer["error"])
        return answer

    def send(self, **message: Any) -> None:
        """Send a message; `read` takes its answer later."""
        assert self._child.stdin is not None
        try:
            self._child.stdin.write(json.dumps(message).encode() + b"\n")
            self._child.stdin.flush()
        except BrokenPipeError:
            raise ToolError(self._obituary()) from None

    def ask(self, limit: float, **message: Any) -> dict[str, Any]:
        """Send a message and wait for its answer."""
        self.send(**message)
        return self.read(limit)

    def _obituary(self) -> str:
        code = self._child.wait()
        self.kill()
        if code < 0:
            return f"the process ended by {signal.Signals(-code).name}"
        lines = self.log.read_text(errors="replace").split("\n")
        last = [line.strip() for line in lines if line.strip()][-1:]
        return f"the process ended with {code}: {''.join(last)}"

    def kill(self) -> None:
        """End the child and all that it started."""
        end_group(self._child)
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()

    def close(self, limit: float = 10) -> None:
        """Let the child end by itself, then make sure that it did."""
        assert self._child.stdin is not None
        with contextlib.suppress(BrokenPipeError, subprocess.TimeoutExpired):
            self._child.stdin.close()
            self._child.wait(limit)
        self.kill()
