"""One bash process per page: commands, exit codes, and servers that end with the page."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from fenceproof.run.pace import patience

GRACE_S = 5.0  # what a server gets to end by itself before it is killed, on a quiet machine


class ShellEnded(Exception):
    """The block ended the shell (by `exit`, or `set -e`) instead of a command in it."""


@dataclass(frozen=True)
class Result:
    """What one command did."""

    stdout: str
    stderr: str
    code: int


class Shell:
    """A bash in a process group of its own, started when first used.

    Output goes to files, not to pipes: a server started with `&` may hold
    its output open for as long as it likes without blocking the page.
    """

    def __init__(self, folder: Path, private: Path) -> None:
        self.folder, self.private = folder, private
        self._bash: subprocess.Popen[str] | None = None
        self._status = -1
        self._count = 0

    def _start(self) -> subprocess.Popen[str]:
        if self._bash is None:
            bash = shutil.which("bash")
            if bash is None:
                raise FileNotFoundError("bash is not installed here")
            self._status, write = os.pipe()
            self._fd = write
            self._bash = subprocess.Popen(
                [bash, "--noprofile", "--norc"],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=self.folder,
                text=True,
                start_new_session=True,
                pass_fds=(write,),
            )
            os.close(write)
            # should this process die, the servers follow
            self._send("trap 'trap - TERM; kill 0' EXIT")
        return self._bash

    def _send(self, line: str) -> None:
        assert self._bash is not None and self._bash.stdin is not None
        self._bash.stdin.write(line + "\n")
        self._bash.stdin.flush()

    def run(self, command: str) -> Result:
        """Run a command line (or several) and wait for it, but not for what it puts behind `&`.

        Raises:
            ShellEnded: the shell itself is gone afterwards.
        """
        bash = self._start()
        self._count += 1
        base = self.private / f"command-{self._count}"
        base.write_text(command + "\n", encoding="utf-8")
        out, err = base.with_suffix(".out"), base.with_suffix(".err")
        try:
            self._send(f". '{base}' </dev/null >'{out}' 2>'{err}'; echo $? >&{self._fd}")
            answer = b""
            while not answer.endswith(b"\n"):
                ready = select.select([self._status], [], [], 0.05)[0]
                answer += (status := os.read(self._status, 16) if ready else b"")
                if not status and (ready or bash.poll() is not None):
                    raise ShellEnded(_read(out) + _read(err))
        except BrokenPipeError:
            raise ShellEnded(_read(out) + _read(err)) from None
        except BaseException:  # a time-out or Ctrl-C: nothing of the page stays behind
            self.close(grace=0)
            raise
        return Result(_read(out), _read(err), int(answer))

    def close(self, grace: float | None = None) -> None:
        """End the shell with all that it started: ask, wait, then kill the process group."""
        if self._bash is None:
            return
        grace = patience(GRACE_S) if grace is None else grace
        bash, self._bash = self._bash, None
        for sign, wait in ((signal.SIGTERM, grace), (signal.SIGKILL, 1.0)):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(bash.pid, sign)
            _wait_for_group(bash, wait)
        with contextlib.suppress(OSError):
            os.close(self._status)
        if bash.stdin:
            with contextlib.suppress(OSError):
                bash.stdin.close()


def _wait_for_group(bash: subprocess.Popen[str], seconds: float) -> None:
    import time

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        bash.poll()
        try:
            os.killpg(bash.pid, 0)
        except (ProcessLookupError, PermissionError):
            return
        time.sleep(0.01)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
