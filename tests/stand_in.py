"""The reference service with a stand-in for its model, as a process, and what is sent to it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

from fenceproof.project import find_project
from fenceproof.run.pace import patience
from tests.service import BUNDLE, Server
from tests.waiting import wait_until

ROOT = find_project(Path(__file__)).root
SECRET = "open-sesame-and-thirty-two-letters"
KEY = {"Authorization": f"Bearer {SECRET}"}
MAX_BYTES, MAX_QUEUE, LONG_S = 1_000_000, 4, patience(60)


def picture(value: int, size: tuple[int, int] = (32, 32), form: str = "PNG") -> bytes:
    """A picture of one gray; the stand-in's label for it is its value."""
    file = io.BytesIO()
    Image.new("RGB", size, (value, value, value)).save(file, form)
    return file.getvalue()


def claims(side: int) -> bytes:
    """A PNG whose header claims side x side pixels, and which holds none."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


def tensor(value: int = 5, count: int = 1, **changes: Any) -> dict[str, Any]:
    given = {
        "name": "images",
        "datatype": "UINT8",
        "shape": [count, 224, 224, 3],
        "data": [value] * (count * 224 * 224 * 3),
    }
    return {"id": "seven", "inputs": [given | changes]}


class StandIn(Server):
    """The service with a stand-in for its model, in a folder and on a port of its own."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        shutil.copytree(
            BUNDLE, folder, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True
        )
        shutil.copy(ROOT / "tests/pages/best-practices/http-api/standin.py", folder)
        super().__init__(folder, app="standin:create_app", wait=False, **environment)
        self.client = httpx.Client(base_url=self.url, timeout=LONG_S, headers=KEY)
        wait_until(self.listens, "the port opens", process=self.process, output=self.log)

    @staticmethod
    def start_up(**environment: str) -> subprocess.CompletedProcess[str]:
        """What the settings alone say to these variables, and to no others."""
        return subprocess.run(
            [sys.executable, "-c", "from settings import Settings; print(Settings())"],
            cwd=BUNDLE,
            env={k: v for k, v in os.environ.items() if not k.startswith("SERVICE_")}
            | {"PYTHONDONTWRITEBYTECODE": "1"}
            | environment,
            capture_output=True,
            text=True,
            timeout=LONG_S,
            check=False,
        )

    def listens(self) -> bool:
        with contextlib.suppress(httpx.ConnectError):
            return self.client.get("/livez").status_code == 200
        return False

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """The model computes nothing within."""
        hold = self.folder / "hold"
        hold.touch()
        try:
            yield
        finally:
            hold.unlink(missing_ok=True)

    def release(self) -> None:
        (self.folder / "hold").unlink()
        wait_until(lambda: self.client.get("/readyz").status_code == 200, "ready")

    def calls(self) -> list[str]:
        calls = self.folder / "calls"
        return calls.read_text().splitlines() if calls.exists() else []

    def classify(self, content: bytes, kind: str = "image/png", **query: Any) -> httpx.Response:
        return self.client.post(
            "/v1/classify", content=content, headers={"Content-Type": kind}, params=query
        )

    def infer(self, body: Any, name: str = "stand-in", **options: Any) -> httpx.Response:
        return self.client.post(f"/v2/models/{name}/infer", json=body, **options)

    def metric(self, name: str) -> float:
        lines = self.client.get("/metrics").text.splitlines()
        return next(
            (float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{name} ")), 0.0
        )

    def raw(self, head: str, body: bytes = b"") -> socket.socket:
        """A connection on which so much of a POST was sent."""
        opened = socket.create_connection(("127.0.0.1", self.port), timeout=LONG_S)
        lines = [
            "POST /v1/classify HTTP/1.1",
            "Host: x",
            f"Authorization: {KEY['Authorization']}",
            "Content-Type: image/png",
            head,
        ]
        opened.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        return opened

    def close(self) -> None:
        self.client.close()
        super().close()


LIMITS = {
    "SERVICE_API_KEYS": json.dumps({"tester": SECRET}),
    "SERVICE_WRONG_KEYS_PER_S": "1000",
    "SERVICE_DOCS": "true",
    "SERVICE_REQUESTS_PER_S": "100000",
    "SERVICE_MAX_QUEUE": str(MAX_QUEUE),
    "SERVICE_MAX_BYTES": str(MAX_BYTES),
    "SERVICE_READ_TIMEOUT_S": "1",
    "SERVICE_DEADLINE_S": "4",
    "SERVICE_THREADS": "1",
}


def refused(answer: httpx.Response, status: int, cause: str) -> str:
    """The error's text; the refusal must have its form, its id, and be announced."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(body) - {"errors"} == {
        *("type", "title", "status", "detail", "error", "cause", "request_id")
    }
    assert (body["status"], body["cause"]) == (status, cause)
    assert body["detail"] == body["error"]
    assert body["request_id"] == answer.headers["x-request-id"]
    return str(body["error"])


def binary(server: StandIn, raw: bytes, count: int, size: int) -> httpx.Response:
    """Ask with the binary extension; `size` is what the request says of `raw`."""
    asked = tensor(shape=[count, 224, 224, 3], parameters={"binary_data_size": size})
    del asked["inputs"][0]["data"]
    head = json.dumps(asked).encode()
    headers = {
        "Inference-Header-Content-Length": str(len(head)),
        "Content-Type": "application/octet-stream",
    }
    return server.client.post("/v2/models/stand-in/infer", content=head + raw, headers=headers)
