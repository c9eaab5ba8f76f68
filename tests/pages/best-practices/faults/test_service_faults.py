"""The reference service under faults: real processes, and every request accounted for."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from fenceproof.run.pace import patience
from tests.service import BUNDLE, JUMPS, POISON, Server, memory
from tests.waiting import wait_until

BOUND = (
    "from memory import worst_case; from settings import Settings; print(worst_case(Settings()))"
)
PATIENT = {"SERVICE_DEADLINE_S": "600", "SERVICE_DECODE_S": "600"}
pytestmark = pytest.mark.xdist_group("service")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle, with an artifact built once."""
    folder = tmp_path_factory.mktemp("service") / "bundle"
    shutil.copytree(BUNDLE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run(
        [sys.executable, "build.py"],
        cwd=folder,
        check=True,
        capture_output=True,
        timeout=patience(300),
    )
    return folder


@pytest.fixture
def serve(folder: Path) -> Iterator[object]:
    servers: list[Server] = []

    def start(*arguments: str, **options: object) -> Server:
        servers.append(Server(folder, *arguments, **options))  # type: ignore[arg-type]
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture(scope="module")
def shared(folder: Path) -> Iterator[Server]:
    server = Server(folder, SERVICE_MAX_QUEUE="16", **PATIENT)  # type: ignore[arg-type]
    yield server
    server.close()


@pytest.fixture(scope="module")
def photograph(folder: Path) -> bytes:
    return (folder / "artifact/golden.jpg").read_bytes()


def overload(server: Server, photograph: bytes, rounds: int, count: int) -> None:
    settled = 0
    for number in range(rounds):
        answers = server.storm(photograph, count, 48)
        assert set(answers) == {"200", "429"}, set(answers)
        assert answers.count("200") >= 16
        if number == 0:
            settled = memory(server.process)
    assert memory(server.process) <= 1.1 * settled


def test_overload(shared: Server, photograph: bytes) -> None:
    overload(shared, photograph, rounds=2, count=48)


@pytest.mark.slow
def test_overload_for_half_a_minute(shared: Server, photograph: bytes) -> None:
    end, rounds = time.monotonic() + 30, 0
    overload(shared, photograph, 1, 300)
    settled = memory(shared.process)
    while time.monotonic() < end:
        assert set(shared.storm(photograph, 300, 48)) == {"200", "429"}
        rounds += 1
    assert rounds and memory(shared.process) <= 1.1 * settled


def test_half_open_clients_do_not_keep_others_out(shared: Server, photograph: bytes) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(100):
            half = stack.enter_context(socket.create_connection(("127.0.0.1", shared.port)))
            half.sendall(b"POST /v1/classify HTTP/1.1\r\nHost: x\r\nContent-Ty")
        assert shared.ask(photograph) == "200"


def malformed(server: Server, examples: int) -> None:
    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        body=st.binary(max_size=2000),
        kind=st.sampled_from(["image/jpeg", "image/png", "application/json", "", "x/y;z"]),
        path=st.sampled_from(
            [
                "/v1/classify",
                "/v1/classify?top=x",
                "/v2/models/efficientnet-lite0/infer",
                "/v2/models/%00/infer",
                "/%ff",
            ]
        ),
        header=st.sampled_from(["", "0", "5", "-1", "999999", "abc"]),
    )
    def never_a_5xx(body: bytes, kind: str, path: str, header: str) -> None:
        headers = {"Content-Type": kind, "Inference-Header-Content-Length": header}
        assert client.post(path, content=body, headers=headers).status_code < 500

    with httpx.Client(base_url=server.url, timeout=patience(60)) as client:
        never_a_5xx()


def test_malformed_requests(shared: Server) -> None:
    malformed(shared, 60)


@pytest.mark.slow
def test_a_thousand_malformed_requests(shared: Server) -> None:
    malformed(shared, 1000)


def picture(form: str, width: int, height: int) -> bytes:
    """The largest thing that a decoder makes of few bytes: all pixels alike, and turned."""
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    image = Image.new("RGBA", (width, height), (200, 100, 50, 128))
    image.save(file, form, exif=exif, **({"quality": 1, "method": 0} if form == "WEBP" else {}))
    return file.getvalue()


def post(server: Server, path: str, content: bytes, kind: str) -> int:
    return httpx.post(
        f"{server.url}{path}",
        content=content,
        headers={"Content-Type": kind},
        timeout=patience(120),
    ).status_code


def test_memory_stays_under_the_computed_bound(shared: Server, photograph: bytes) -> None:
    """Pictures at the limit, tensors that are none, bodies that never end, all at once."""
    bound = int(
        subprocess.run(
            [sys.executable, "-c", BOUND],
            cwd=BUNDLE,
            env=os.environ | {"SERVICE_ANONYMOUS": "true", "SERVICE_MAX_QUEUE": "16"},
            capture_output=True,
            text=True,
            check=True,
            timeout=patience(60),
        ).stdout
    )
    strings = json.dumps(["x" * 50_000, *[""] * 9_999])
    given = '{"inputs":[{"name":"images","datatype":"UINT8","shape":[1,224,224,3],"data":%s}]}'
    infer = "/v2/models/efficientnet-lite0/infer", (given % strings).encode(), "application/json"
    asked = [
        *[("/v1/classify", picture("PNG", 3200, 2500), "image/png")] * 3,
        *[("/v1/classify", picture("WEBP", 3200, 2500), "image/webp")] * 3,
        *[infer] * 4,
    ]
    highest = 0
    with contextlib.ExitStack() as stack, ThreadPoolExecutor(len(asked)) as clients:
        for _ in range(14):  # each announces 5 MB and sends half of them
            slow = socket.create_connection(("127.0.0.1", shared.port))
            stack.enter_context(slow)
            slow.sendall(
                b"POST /v1/classify HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n"
            )
            slow.settimeout(1)
            with contextlib.suppress(OSError):  # it was refused, or is not read on
                slow.sendall(b"x" * 2_500_000)
        codes = [clients.submit(post, shared, *one) for one in asked]
        while not all(one.done() for one in codes):
            highest = max(highest, memory(shared.process))
            time.sleep(0.02)
    statuses = [one.result() for one in codes]
    assert set(statuses[:6]) <= {200, 429} and set(statuses[6:]) <= {400, 429}, statuses
    assert highest < bound
    assert shared.ask(photograph) == "200"


def test_larger_pictures_and_bodies_are_refused(shared: Server, photograph: bytes) -> None:
    assert shared.ask(b"x" * 6_000_000) == "413"
    assert post(shared, "/v1/classify", picture("PNG", 4000, 2500), "image/png") == 413
    assert shared.ask(photograph) == "200"


def test_sigterm_under_load_loses_nothing(serve, photograph: bytes) -> None:  # type: ignore[no-untyped-def]
    server = serve(**PATIENT, SERVICE_DRAIN_S="1", SERVICE_MAX_QUEUE="64")
    with ThreadPoolExecutor(16) as clients:
        # all at once: who connects after the signal may be cut off
        asked = [clients.submit(server.ask, photograph) for _ in range(16)]
        wait_until(lambda: sum(one.done() for one in asked) >= 4, "four are answered")
        server.process.send_signal(signal.SIGTERM)
        answers = [one.result() for one in asked]
    assert set(answers) <= {"200", "503", "no connection"}, set(answers)
    assert answers.count("200") >= 4
    assert server.process.wait(patience(30)) == -signal.SIGTERM


@pytest.mark.slow
def test_a_killed_worker_is_replaced(serve, photograph: bytes) -> None:  # type: ignore[no-untyped-def]
    server = serve("--workers", "2", wait=False, **PATIENT)
    server.wait_until_ready(times=2)
    workers = [
        p
        for p in psutil.Process(server.process.pid).children()
        if "spawn_main" in " ".join(p.cmdline())
    ]
    with ThreadPoolExecutor(8) as clients:
        asked = [clients.submit(server.ask, photograph) for _ in range(40)]
        workers[0].kill()
        answers = [one.result() for one in asked]
    assert set(answers) <= {"200", "lost", "no connection"}
    assert answers.count("lost") <= 8 < answers.count("200")
    server.wait_until_ready(times=3)
    assert set(server.storm(photograph, 10, 2)) == {"200"}


def test_a_corrupt_artifact_ends_it_before_it_listens(folder: Path, serve) -> None:  # type: ignore[no-untyped-def]
    copy = folder.parent / "corrupt"
    shutil.copytree(folder / "artifact", copy, dirs_exist_ok=True)
    data = bytearray((copy / "model.pt2").read_bytes())
    data[len(data) // 2] ^= 1
    (copy / "model.pt2").write_bytes(data)
    server = serve(wait=False, SERVICE_ARTIFACT=str(copy))
    assert server.process.wait(patience(60)) == 3
    assert "Refused: model.pt2 is not the file that was built" in server.log.read_text()
    assert "running on http" not in server.log.read_text()


@pytest.mark.slow
def test_a_clock_that_jumps_moves_no_deadline(folder: Path, serve, photograph: bytes) -> None:  # type: ignore[no-untyped-def]
    (folder.parent / "jumps").mkdir(exist_ok=True)
    (folder.parent / "jumps/sitecustomize.py").write_text(JUMPS)
    server = serve(PYTHONPATH=str(folder.parent / "jumps"), **PATIENT)
    assert set(server.storm(photograph, 20, 4)) == {"200"}


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")
def test_a_full_disk_at_start(folder: Path, serve, photograph: bytes) -> None:  # type: ignore[no-untyped-def]
    full = folder.parent / "full"
    full.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(full)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this machine does not let us mount")
    try:
        with contextlib.suppress(OSError):
            (full / "rest").write_bytes(b"x" * 100_000)
        server = serve(TMPDIR=str(full), HOME=str(full), **PATIENT)
        assert server.ask(photograph) == "200"
        server.close()
    finally:
        subprocess.run(["umount", str(full)], check=True)


def test_a_poisoned_picture_fails_alone(folder: Path, serve, photograph: bytes) -> None:  # type: ignore[no-untyped-def]
    (folder / "poison.py").write_text(POISON)
    black = io.BytesIO()
    Image.new("RGB", (300, 300)).save(black, "png")
    server = serve(app="poison:create_app", **PATIENT)
    with ThreadPoolExecutor(8) as clients:
        good = [clients.submit(server.ask, photograph) for _ in range(8)]
        bad = [
            clients.submit(
                httpx.post,
                f"{server.url}/v1/classify",
                content=black.getvalue(),
                headers={"Content-Type": "image/png"},
                timeout=patience(60),
            )
            for _ in range(3)
        ]
        assert {one.result() for one in good} == {"200"}
        assert {(one.result().status_code, one.result().json()["cause"]) for one in bad} == {
            (500, "model")
        }
