"""The client of the page: what it repeats, and what it does not, when a server misbehaves."""

from __future__ import annotations

import http.server
import json
import socket
import threading
from collections.abc import Iterator

import httpx
import pytest
from client import Client, Unavailable

pytestmark = pytest.mark.work_folder
BATCH = [[0.0]]


class Stub(http.server.ThreadingHTTPServer):
    """Answers with these codes, one after the other, and then with the last one."""

    def __init__(self, *codes: int) -> None:
        self.codes, self.requests = list(codes), 0
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
        code = server.codes[min(server.requests, len(server.codes) - 1)]
        server.requests += 1
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


def test_refused_request_is_repeated(stubs: list[Stub]) -> None:
    stubs.append(Stub(503, 500, 200))
    client = Client([stubs[0].address], seed=0)
    assert client.classify(BATCH) == {"digit": 7}
    assert client.failed == ["503", "500"]
    assert stubs[0].requests == 3


def test_dead_proxy_is_left_for_the_other(stubs: list[Stub]) -> None:
    stubs.append(Stub(200))
    client = Client([nobody(), stubs[0].address], seed=0)
    for _ in range(4):
        assert client.classify(BATCH) == {"digit": 7}
    assert set(client.failed) <= {"ConnectError"}


def test_wrong_request_is_not_repeated(stubs: list[Stub]) -> None:
    stubs.append(Stub(422))
    with pytest.raises(httpx.HTTPStatusError):
        Client([stubs[0].address]).classify(BATCH)
    assert stubs[0].requests == 1


def test_client_gives_up_after_its_attempts(stubs: list[Stub]) -> None:
    stubs.append(Stub(500))
    with pytest.raises(Unavailable, match="3 attempts"):
        Client([stubs[0].address], attempts=3, seed=0).classify(BATCH)
    assert stubs[0].requests == 3
