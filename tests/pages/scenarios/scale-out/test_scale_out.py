"""Scale out: the client's retries against a server that misbehaves, the memory estimate,
and (slow) a cluster that loses a node.
"""

from __future__ import annotations

import http.server
import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fenceproof.project import find_project

SCENARIOS = find_project(Path(__file__)).root / "examples/scenarios"


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module client.py of the page."""
    monkeypatch.syspath_prepend(str(SCENARIOS / "scale-out"))
    sys.modules.pop("client", None)
    yield importlib.import_module("client")
    sys.modules.pop("client", None)


class Stub(http.server.ThreadingHTTPServer):
    """Answers with these codes, one after the other, and the last for ever."""

    def __init__(self, *codes: int) -> None:
        self.codes, self.asked = list(codes), 0
        super().__init__(("127.0.0.1", 0), Answer)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answer(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        server = self.server
        assert isinstance(server, Stub)
        code = server.codes[min(server.asked, len(server.codes) - 1)]
        server.asked += 1
        body = json.dumps({"digit": 7}).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        if code == 503:
            self.send_header("Retry-After", "0")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def stubs() -> Iterator[list[Stub]]:
    started: list[Stub] = []
    yield started
    for stub in started:
        stub.shutdown()
        stub.server_close()


def nobody() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def test_it_comes_back_after_a_refusal(client: Any, stubs: list[Stub]) -> None:
    stubs.append(Stub(503, 500, 200))
    asked = client.Client([stubs[0].address], seed=0)
    assert asked.classify([[0.0]]) == {"digit": 7}
    assert asked.failed == ["503", "500"] and stubs[0].asked == 3


def test_a_dead_proxy_is_left_for_the_other(client: Any, stubs: list[Stub]) -> None:
    stubs.append(Stub(200))
    asked = client.Client([nobody(), stubs[0].address], seed=0)
    for _ in range(4):
        assert asked.classify([[0.0]]) == {"digit": 7}
    assert set(asked.failed) <= {"ConnectError"}


def test_a_wrong_request_is_not_repeated(client: Any, stubs: list[Stub]) -> None:
    import httpx

    stubs.append(Stub(422))
    with pytest.raises(httpx.HTTPStatusError):
        client.Client([stubs[0].address]).classify([[0.0]])
    assert stubs[0].asked == 1


def test_it_gives_up(client: Any, stubs: list[Stub]) -> None:
    stubs.append(Stub(500))
    with pytest.raises(client.Unavailable, match="3 attempts"):
        client.Client([stubs[0].address], attempts=3, seed=0).classify([[0.0]])
    assert stubs[0].asked == 3


def test_the_memory_estimate_counts_what_is_alive() -> None:
    import torch
    from torch import nn

    spec = importlib.util.spec_from_file_location("footprint", SCENARIOS / "gpu/footprint.py")
    assert spec and spec.loader
    footprint = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(footprint)
    model = nn.Sequential(nn.Linear(4, 8, bias=False), nn.Linear(8, 2, bias=False))
    program = torch.export.export(model, (torch.zeros(3, 4),))
    assert footprint.weights(program) == 4 * (4 * 8 + 8 * 2)
    # Input and first result are alive together: 3 rows of 4 and of 8 values.
    assert footprint.activations(program) == 4 * 3 * (4 + 8)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_node_dies_under_heavier_load(tmp_path: Path) -> None:
    """The drill of the page with sixteen clients; nothing is lost and nothing stays behind."""
    for name in ("browser", "scale-out", "scale-out-failures"):
        shutil.copytree(SCENARIOS / name, tmp_path, dirs_exist_ok=True)
    drill = tmp_path / "node_dies.py"
    drill.write_text(drill.read_text().replace("clients=4", "clients=16"))
    script = """
    set -e
    . ./cluster.sh
    export RAY_SERVE_WORKER_PROXY_HTTP_PORT=8541 RAY_health_check_period_ms=1000
    python build.py
    python nodes.py --port 20300 > nodes.log 2>&1 &
    timeout 200 sh -c 'until grep -q both nodes.log; do sleep 0.2; done'
    PROXIES="http://127.0.0.1:8540 http://127.0.0.1:8541"
    python deploy.py --cluster 127.0.0.1:20300 --port 8540 $PROXIES
    python node_dies.py 127.0.0.1:20300 $PROXIES
    kill %1
    wait
    python listening.py
    """
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    with subprocess.Popen(
        ["bash", "-c", script],
        cwd=tmp_path,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as shell:
        try:
            told, _ = shell.communicate(timeout=800)
        finally:
            if shell.poll() is None:
                os.killpg(shell.pid, signal.SIGTERM)
                time.sleep(5)
                os.killpg(shell.pid, signal.SIGKILL)
    assert "requests lost: 0" in told and "attempts repeated: True" in told
    assert told.rstrip().endswith("addresses:")
