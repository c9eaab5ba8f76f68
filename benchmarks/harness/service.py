"""Start a server on 127.0.0.1, wait until it is ready, and end it with all that it started."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from .process import ToolError, end_group

HOST = "127.0.0.1"
NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def uvicorn(app: str, port: int) -> list[str]:
    """The command that serves an application's factory."""
    command = [sys.executable, "-m", "uvicorn", "--factory", app, "--host", HOST]
    return [*command, "--port", str(port)]


class Service:
    """A server in a process group of its own.

    Its output goes to `log`. The end of the process and silence for `limit` seconds raise
    ToolError with the last lines of it.
    """

    def __init__(
        self,
        command: Sequence[str],
        port: int,
        folder: Path,
        environment: Mapping[str, str] | None = None,
        ready: str = "/readyz",
    ) -> None:
        self.port, self.ready = port, ready
        self.url = f"http://{HOST}:{port}"
        self.log = folder / f"server-{port}.log"
        with self.log.open("wb") as sink:
            self.process = subprocess.Popen(
                command,
                cwd=folder,
                env=os.environ | dict(environment or {}),
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def last_lines(self, count: int = 12) -> str:
        """The end of what the server printed."""
        lines = self.log.read_text(errors="replace").splitlines()
        return "\n".join(lines[-count:]) or "it printed nothing"

    def wait_until_ready(self, limit: float = 120) -> None:
        """Ask until the server says that it is ready, and notice when it has ended."""
        end = time.monotonic() + limit
        while True:
            with contextlib.suppress(OSError), NO_PROXY.open(self.url + self.ready, timeout=5):
                return
            code = self.process.poll()
            if code is not None:
                raise ToolError(f"the server ended with {code}:\n{self.last_lines()}")
            if time.monotonic() > end:
                raise ToolError(f"the server was not ready in {limit:.0f} s:\n{self.last_lines()}")
            time.sleep(0.1)

    def stop(self, limit: float = 30) -> None:
        """Ask the server to end, then end its whole process group."""
        self.process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(limit)
        end_group(self.process)


@contextlib.contextmanager
def serving(
    app: str, folder: Path, environment: Mapping[str, str] | None = None, limit: float = 120
) -> Iterator[Service]:
    """A uvicorn with `app`, a factory, from the moment that it is ready until the block ends.

    The services of the handbook do not start without keys unless they are told that anybody may
    ask; a benchmark on 127.0.0.1 says so.
    """
    port = free_port()
    settings = {"SERVICE_ANONYMOUS": "true"} | dict(environment or {})
    service = Service(uvicorn(app, port), port, folder, settings)
    try:
        service.wait_until_ready(limit)
        yield service
    finally:
        service.stop()
