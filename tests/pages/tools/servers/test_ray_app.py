"""What the page says of Ray Serve, which it does not start itself: wrong input, and neighbors."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from fenceproof.project import find_project
from fenceproof.run.pace import patience
from tests.waiting import wait_until

PROGRAMS = find_project(Path(__file__)).root / "examples/tools/servers"
PATIENT = {  # a busy machine starts slowly; and no address but the loopback one
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_agent_register_timeout_ms": "120000",
}
GAVE_UP = "The current node timed out during startup"  # after 30 s, which no setting changes


def run(folder: Path, *command: str) -> list[str]:
    """Run one of the page's programs in `folder`; return the lines of its output."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=patience(180),
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.slow
@pytest.mark.xdist_group("service")
def test_ray_app_fails_on_wrong_input_and_takes_its_neighbors_along(tmp_path: Path) -> None:
    shutil.copytree(PROGRAMS, tmp_path, dirs_exist_ok=True)
    run(tmp_path, "build.py")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url, log = f"http://127.0.0.1:{port}", tmp_path / "ray.log"
    with log.open("w") as output:
        ray = subprocess.Popen(
            [sys.executable, "ray_app.py", str(port)],
            cwd=tmp_path,
            env=os.environ | PATIENT,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def is_ready() -> bool:
        """Whether the proxy knows the application; skips where Ray itself gave up."""
        if ray.poll() is not None and GAVE_UP in log.read_text():
            pytest.skip("the machine is too busy for Ray's own limit of 30 s")
        try:
            return httpx.get(f"{url}/-/routes", timeout=5).text.find("/predict") > 0
        except httpx.TransportError:
            return False

    try:
        wait_until(is_ready, "Ray Serve has the route", 120, process=ray, output=log)
        assert [line.split()[-1] for line in run(tmp_path, "ask.py", f"{url}/predict")] == [
            '{"digit":7}',
            *["500"] * 4,
        ]
        assert run(tmp_path, "crowd.py", f"{url}/predict") == ["good requests failed: some"]
    finally:
        ray.send_signal(signal.SIGINT)  # shuts Ray's own processes down
        try:
            ray.wait(patience(60))
        except subprocess.TimeoutExpired:
            os.killpg(ray.pid, signal.SIGKILL)
            ray.wait()
