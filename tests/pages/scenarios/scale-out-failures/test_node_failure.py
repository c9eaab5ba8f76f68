"""The page's drill under heavier load: a node dies, nothing is lost, and nothing stays behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fenceproof.project import find_project
from fenceproof.reader import load_page
from fenceproof.run.pace import patience
from tests.waiting import wait_until

PROJECT = find_project(Path(__file__))
CLUSTER, FIRST, SECOND = 20300, 8540, 8541  # ports that no page uses
PROXIES = [f"http://127.0.0.1:{port}" for port in (FIRST, SECOND)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The page's work folder, with a drill of sixteen clients instead of four."""
    page = load_page(PROJECT.docs / "scenarios/scale-out-failures.md", PROJECT)
    page.copy_to(tmp_path, with_program=True)
    drill = tmp_path / "node_dies.py"
    few, many = "clients=4", "clients=16"
    text = drill.read_text()
    assert few in text
    drill.write_text(text.replace(few, many))
    return tmp_path


@pytest.fixture
def environment(folder: Path) -> dict[str, str]:
    """What `. ./cluster.sh` exports, and what the page exports for its drill."""
    shell = ["bash", "-c", ". ./cluster.sh && env -0"]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    exported = subprocess.run(
        shell, cwd=folder, env=os.environ | {"PATH": path}, check=True, capture_output=True
    )
    variables = exported.stdout.decode().rstrip("\0").split("\0")
    return dict(variable.split("=", 1) for variable in variables) | {
        "RAY_SERVE_WORKER_PROXY_HTTP_PORT": str(SECOND),
        "RAY_health_check_period_ms": "1000",
    }


def run(folder: Path, environment: dict[str, str], *command: str) -> str:
    """What a program of the page prints; it must end well."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=patience(300),
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


@contextlib.contextmanager
def two_nodes(folder: Path, environment: dict[str, str]) -> Iterator[None]:
    """The cluster while it is up; no process of it is left when it fails to end by itself."""
    log = folder / "nodes.log"
    with log.open("w") as output:
        nodes = subprocess.Popen(
            [sys.executable, "nodes.py", "--port", str(CLUSTER)],
            cwd=folder,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        up = "both nodes are up"
        wait_until(lambda: up in log.read_text(), up, 200, process=nodes, output=log)
        yield
    finally:
        nodes.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            nodes.wait(patience(60))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(nodes.pid, signal.SIGKILL)
        nodes.wait()


@pytest.mark.slow
@pytest.mark.timeout(patience(900))
def test_no_request_is_lost_when_a_node_dies(folder: Path, environment: dict[str, str]) -> None:
    address = f"127.0.0.1:{CLUSTER}"
    run(folder, environment, "build.py")
    with two_nodes(folder, environment):
        deploy = ["deploy.py", "--cluster", address, "--port", str(FIRST), *PROXIES]
        run(folder, environment, *deploy)
        output = run(folder, environment, "node_dies.py", address, *PROXIES)
    assert "requests lost: 0" in output
    assert "attempts repeated: True" in output
    listening = run(folder, environment, "listening.py")
    assert listening.rstrip().endswith("addresses:")  # none
