"""The reference service as a process of its own, for tests and for the benchmark of faults."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil

from fenceproof.project import find_project
from fenceproof.run.pace import patience
from tests.waiting import wait_until

BUNDLE = find_project(Path(__file__)).root / "examples/best-practices/service"
JPEG = {"Content-Type": "image/jpeg"}
FAULTY = Path(__file__).parent / "faulty_service"
JUMPS = (FAULTY / "jumping_clock.py").read_text(encoding="utf-8")
POISON = (FAULTY / "poison.py").read_text(encoding="utf-8")


class Server:
    """A uvicorn with the service, on a port of its own, in a process group of its own."""

    def __init__(
        self,
        folder: Path,
        *arguments: str,
        app: str = "server:create_app",
        wait: bool = True,
        **environment: str,
    ) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder.parent / f"{self.port}.log"
        command = [
            sys.executable,
            "-m",
            "uvicorn",
            "--factory",
            app,
            "--host",
            "127.0.0.1",
            "--port",
            str(self.port),
            *arguments,
        ]
        keys = "SERVICE_API_KEYS" in environment
        everybody = {} if keys else {"SERVICE_ANONYMOUS": "true"}
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=os.environ | everybody | environment,
            stderr=self.log.open("w"),
            start_new_session=True,
        )
        if wait:
            self.wait_until_ready()

    def wait_until_ready(self, times: int = 1) -> None:
        """Return when the log says `ready`; once for each worker process."""
        ready = '"message": "ready"'
        wait_until(
            lambda: self.log.read_text().count(ready) >= times,
            "the service is ready",
            120,
            process=self.process,
            output=self.log,
        )

    def ask(self, content: bytes) -> str:
        """The status, `no connection` if nobody accepted, or `lost`."""
        try:
            return str(
                httpx.post(
                    f"{self.url}/v1/classify", content=content, headers=JPEG, timeout=patience(120)
                ).status_code
            )
        except httpx.ConnectError:
            return "no connection"
        except httpx.TransportError:
            return "lost"

    def storm(self, content: bytes, count: int, at_once: int) -> list[str]:
        with ThreadPoolExecutor(at_once) as clients:
            return list(clients.map(lambda _: self.ask(content), range(count)))

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def memory(process: subprocess.Popen[bytes]) -> int:
    """Resident bytes of the process and of those that it started."""
    whole = psutil.Process(process.pid)
    return sum(int(one.memory_info().rss) for one in [whole, *whole.children(recursive=True)])
