"""The servers of the scenarios as processes, each in the work folder of its page."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

from fenceproof.project import find_project
from fenceproof.reader import load_page
from fenceproof.run.pace import patience
from tests.service import FAULTY, Server, memory
from tests.waiting import wait_until

PROJECT = find_project(Path(__file__))
SECRET = "open-sesame-and-thirty-two-letters"
KEY = {"Authorization": f"Bearer {SECRET}"}
LONG_S = patience(20)
MODEL_FAULTS = ("raise", "rows", "none", "nan")
ANNOUNCED = {"model": "500", "deadline": "504"}  # causes of a 5xx besides 503, and their status


def jpeg() -> bytes:
    """A photograph that every decoder reads."""
    file = io.BytesIO()
    Image.effect_noise((64, 48), 90).convert("RGB").save(file, "JPEG")
    return file.getvalue()


def question(folder: Path) -> bytes:
    """About somebody who has rated movies."""
    golden = json.loads((folder / "artifact/golden.json").read_text())
    return json.dumps({"user": golden["user"]}).encode()


@dataclass(frozen=True)
class Kind:
    """One of the servers."""

    page: str
    module: str  # with `create_app`
    build: str  # the page's command that makes the artifact
    path: str
    media_type: str
    good: Callable[[Path], bytes]  # a body that gets 200, in this work folder
    falls_back: bool = False  # answers without the model where the model fails
    more: Mapping[str, str] = field(default_factory=dict)  # settings that only it has

    @property
    def name(self) -> str:
        return self.module.removesuffix("_server")


BATCHED = [  # behind the reference service's queue
    Kind(
        "scenarios/image-recognition-service",
        "photo_server",
        "import build_photos, pathlib; build_photos.build_photos(pathlib.Path('artifact'))",
        "/v1/classify",
        "image/jpeg",
        lambda folder: jpeg(),
    ),
    Kind(
        "scenarios/text-classification-service",
        "text_server",
        "import runpy; runpy.run_path('build_text.py', run_name='__main__')",
        "/v1/classify",
        "application/json",
        lambda folder: b'{"texts": ["a film that moves"]}',
    ),
    Kind(
        "scenarios/machine-translation-service",
        "translation_server",
        "import runpy; runpy.run_path('build_translator.py', run_name='__main__')",
        "/v1/translate",
        "application/json",
        lambda folder: b'{"text": "Delete the selected page"}',
    ),
    Kind(
        "scenarios/recommendation-service",
        "recommendation_server",
        "import runpy; runpy.run_path('build_recommender.py', run_name='__main__')",
        "/v1/recommend",
        "application/json",
        question,
        falls_back=True,
    ),
]
LANGUAGE = Kind(  # behind an engine of its own, whose model fails for good
    "scenarios/llm-serving-api",
    "llm_server",
    "import runpy; runpy.run_path('build_llm.py', run_name='__main__')",
    "/v1/completions",
    "application/json",
    lambda folder: b'{"model": "zen-1", "prompt": "Errors should", "max_tokens": 4}',
    more={"SERVICE_QUEUE_LIMIT": "64"},
)
KINDS = [*BATCHED, LANGUAGE]
REFERENCE = Kind(
    "best-practices/service",
    "server",
    "import runpy; runpy.run_path('build.py', run_name='__main__')",
    "/v1/classify",
    "image/jpeg",
    lambda folder: jpeg(),
)


def settings(**changes: str) -> dict[str, str]:
    """One key, room for all that a test sends, and what a model may take on a busy machine."""
    return {
        "SERVICE_API_KEYS": json.dumps({"tester": SECRET}),
        "SERVICE_REQUESTS_PER_S": "100000",
        "SERVICE_DOCS": "true",
        "SERVICE_DEADLINE_S": str(LONG_S),
        "SERVICE_DECODE_S": str(LONG_S),
        "SERVICE_READ_TIMEOUT_S": str(patience(0.5)),
        "SERVICE_DRAIN_S": "0.3",
        "SERVICE_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "HANDBOOK_DATA": str(PROJECT.root / "data"),
    } | changes


class Attacked(Server):
    """A server of a page, with the means to harm it and to see how it fares."""

    def __init__(
        self, kind: Kind, folder: Path, *arguments: str, small: bool = True, **changes: str
    ) -> None:
        """
        Args:
            folder: the page's files are copied into it, unless they are there.
            small: whether the page's builder makes the artifact of a small model at the start.
        """
        self.kind, self.folder = kind, folder
        if not folder.exists():
            page = load_page(PROJECT.docs / f"{kind.page}.md", PROJECT)
            folder.mkdir(parents=True)
            page.copy_to(folder, with_program=True)
            shutil.copy(FAULTY / "faulty.py", folder)
        environment = settings(
            FAULTY_SERVER=kind.module,
            PYTHONPATH=f"{folder}:{PROJECT.root}",
            PYTHONDONTWRITEBYTECODE="1",
            **kind.more,
            **changes,
        )
        if not small and not (folder / "artifact").exists():
            subprocess.run(
                [sys.executable, "-c", kind.build],
                cwd=folder,
                env=os.environ | environment,
                check=True,
                capture_output=True,
                timeout=patience(200),
            )
        super().__init__(folder, *arguments, app="faulty:create_app", wait=False, **environment)

    def start(self, times: int = 1) -> Attacked:
        """Wait until it is ready, warm it up, and remember what memory it has then."""
        self.wait_until_ready(times)
        self.good = self.kind.good(self.folder)
        self.client = httpx.Client(base_url=self.url, timeout=LONG_S, headers=KEY)
        for _ in range(3):
            assert self.post(self.good).status_code == 200, self.log.read_text()[-3000:]
        self.settled = memory(self.process)
        self.bound = self.settled + int((self.folder / "bound").read_text())
        return self

    def post(self, content: bytes, kind: str = "", **headers: str) -> httpx.Response:
        given = {"Content-Type": kind or self.kind.media_type} | headers
        return self.client.post(self.kind.path, content=content, headers=given)

    def counted(self, metric: str) -> dict[str, float]:
        """The values of a metric by their labels."""
        lines = self.client.get("/metrics").text.splitlines()
        found = [line.rpartition(" ") for line in lines if line.startswith(metric)]
        return {labels.removeprefix(metric): float(value) for labels, _, value in found}

    def value(self, metric: str) -> float:
        return sum(self.counted(metric).values())

    def server_errors(self) -> dict[str, float]:
        """Answers of 5xx by status."""
        found: dict[str, float] = {}
        for labels, count in self.counted("service_requests_total{").items():
            status = labels.partition('status="')[2][:3]
            if status.startswith("5"):
                found[status] = found.get(status, 0) + count
        return found

    def head(self, *lines: str, key: bool = True) -> bytes:
        """The head of a POST to the model's route, with these lines in it."""
        always = [f"POST {self.kind.path} HTTP/1.1", "Host: x"]
        always += [f"Authorization: {KEY['Authorization']}"] if key else []
        always += [f"Content-Type: {self.kind.media_type}"]
        return ("\r\n".join([*always, *lines]) + "\r\n\r\n").encode()

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=LONG_S)

    def say(self, content: bytes) -> bytes:
        """What comes back until the server closes, as it is asked to behind this content."""
        last = b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        answers = b""
        with self.connect() as opened, contextlib.suppress(ConnectionError):
            opened.sendall(content + last)
            while more := opened.recv(65536):
                answers += more
        return answers

    @contextlib.contextmanager
    def spoiled(self, fault: str) -> Iterator[None]:
        """The model does this within; see tests/faulty_service/faulty.py."""
        file = self.folder / "fault"
        file.write_text(fault)
        try:
            yield
        finally:
            file.unlink()

    @contextlib.contextmanager
    def watched(
        self, *, announced: frozenset[str] = frozenset(), bounded: bool = True
    ) -> Iterator[Watch]:
        """Somebody asks for /livez all the time, and looks at the memory.

        Afterwards: each time it answered, no 5xx was sent but those that are announced, memory
        stayed under the computed bound (if `bounded`), and nobody is left inside.
        """
        watch = Watch(self)
        before = self.server_errors()
        with watch:
            yield watch
        after = self.server_errors()
        new = {status for status in after if after[status] > before.get(status, 0)}
        assert new <= announced, f"{new}: {self.log.read_text()[-3000:]}"
        assert set(watch.answers) == {200}, set(watch.answers)
        assert not bounded or watch.highest < self.bound, (
            f"{watch.highest} bytes, bound {self.bound}"
        )
        wait_until(lambda: self.value("service_inside ") == 0, "nobody is inside")
        wait_until(lambda: self.value("service_bytes_inside ") == 0, "no bytes are inside")
        wait_until(lambda: self.client.get("/readyz").status_code == 200, "it is ready")
        assert self.post(self.good).status_code == 200

    def close(self) -> None:
        with contextlib.suppress(AttributeError):
            self.client.close()
        super().close()


class Watch:
    """Asks for /livez from another thread until the end of its `with`."""

    def __init__(self, server: Attacked) -> None:
        self.server, self.highest = server, 0
        self.answers: list[Any] = []
        self.done = threading.Event()
        self.thread = threading.Thread(target=self.ask)

    def ask(self) -> None:
        # a loop that is blocked for longer than this on a quiet machine is a fault
        with httpx.Client(base_url=self.server.url, timeout=patience(3)) as client:
            while not self.done.wait(0.01) or not self.answers:
                try:
                    self.answers.append(client.get("/livez").status_code)
                except httpx.TransportError as error:
                    self.answers.append(type(error).__name__)
                self.highest = max(self.highest, memory(self.server.process))

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *error: object) -> None:
        self.done.set()
        self.thread.join()
