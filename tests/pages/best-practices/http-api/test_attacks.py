"""What the reference service does with requests that are meant to harm it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from PIL import Image

from tests.service import memory
from tests.stand_in import (
    LIMITS,
    LONG_S,
    MAX_BYTES,
    StandIn,
    binary,
    picture,
    refused,
    tensor,
)
from tests.waiting import wait_until

pytestmark = pytest.mark.xdist_group("service")
INFER = "/v2/models/stand-in/infer"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    server = StandIn(
        tmp_path_factory.mktemp("attacked"),
        **LIMITS,
        SERVICE_MAX_BYTES_INSIDE=str(3 * MAX_BYTES),
        SERVICE_DECODE_S="2",
    )
    try:
        server.release()
        yield server
    finally:
        server.close()


def decoders(server: StandIn) -> list[psutil.Process]:
    children = psutil.Process(server.process.pid).children()
    return [one for one in children if "decoders.py" in " ".join(one.cmdline())]


@contextlib.contextmanager
def alive_throughout(server: StandIn) -> Iterator[None]:
    """Somebody asks for /livez all the time, and always gets an answer."""
    done, answers = threading.Event(), []

    def ask() -> None:
        with httpx.Client(base_url=server.url, timeout=LONG_S) as client:
            while not done.is_set():
                answers.append(client.get("/livez").status_code)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
    assert set(answers) == {200}


def progressive(scans: int) -> bytes:
    """A JPEG whose last scan is repeated; a decoder goes over all pixels for each."""
    file = io.BytesIO()
    Image.new("L", (500, 500), 128).save(file, "JPEG", progressive=True)
    data = file.getvalue()
    start = data.rindex(b"\xff\xda")
    return data[:-2] + data[start:-2] * scans + data[-2:]


# --- the layer that no route can forget


def test_a_route_that_checks_nothing_is_guarded(server: StandIn) -> None:
    stranger = httpx.Client(base_url=server.url, timeout=LONG_S)
    body = b'{"a": 1}'
    for path in ("/v1/forgetful", "/v1/bug", "/v1/nowhere", "/docs/..", INFER):
        refused(stranger.post(path, content=body), 401, "unknown_key")
    large = b"x" * (MAX_BYTES + 1)
    refused(server.client.post("/v1/forgetful", content=large), 413, "too_large")
    assert server.client.post("/v1/forgetful", json={"a": 1}).json() == 1


def test_a_stranger_cannot_make_it_read(server: StandIn) -> None:
    """The refusal comes at once, and ends the connection; the rest is not read for ever."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=LONG_S) as stranger:
        stranger.sendall(
            b"POST /v1/forgetful HTTP/1.1\r\nHost: x\r\nContent-Length: 200000000\r\n\r\n"
        )
        sent = 0
        with contextlib.suppress(ConnectionError):
            while sent < 100 * MAX_BYTES:
                sent += stranger.send(b"x" * 65536)
        assert sent < 20 * MAX_BYTES  # what kernels hold for both sides
    sent = 0
    with socket.create_connection(("127.0.0.1", server.port), timeout=LONG_S) as stranger:
        stranger.sendall(b"POST /livez HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            while sent < 100 * MAX_BYTES:
                stranger.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")
                sent += 65536
    assert sent < 20 * MAX_BYTES


@pytest.mark.parametrize("path", ["/livez", "/metrics", "/v2/health/ready"])
def test_probes_take_no_body(server: StandIn, path: str) -> None:
    answer = server.client.request("GET", path, content=b"body")
    assert refused(answer, 413, "too_large") == "this address takes no body"
    assert answer.headers["connection"] == "close"


def test_keys_in_any_case_and_wrong_ones_are_limited(tmp_path: Path) -> None:
    keys = {"old": ["k" * 32, "n" * 32]}
    settings = {"SERVICE_API_KEYS": json.dumps(keys), "SERVICE_WRONG_KEYS_PER_S": "0.5"}
    server = StandIn(tmp_path / "service", **LIMITS | settings)
    try:
        server.release()

        def status(header: str) -> httpx.Response:
            return httpx.get(
                f"{server.url}/v2/models/stand-in",
                headers={"Authorization": header},
                timeout=LONG_S,
            )

        assert status("Bearer " + "k" * 32).status_code == 200
        assert status("bearer   " + "n" * 32).status_code == 200  # the second key of a client
        limited = [status("Bearer wrong") for _ in range(20)]
        assert {answer.status_code for answer in limited} == {401, 429}
        answer = next(answer for answer in limited if answer.status_code == 429)
        refused(answer, 429, "wrong_keys")
        assert answer.headers["retry-after"] in ("1", "2")  # rounded up
        assert status("Bearer " + "n" * 32).status_code == 200  # others behind this address
        assert "wrong" not in server.log.read_text()
    finally:
        server.close()


def test_bytes_of_all_requests_together_are_bounded(server: StandIn) -> None:
    """Slow uploads hold what they announce; there is room for three of them."""
    with contextlib.ExitStack() as stack:
        for _ in range(20):
            slow = server.raw(f"Content-Length: {MAX_BYTES}", b"x" * 60_000)
            stack.enter_context(slow)
        wait_until(
            lambda: server.metric('service_errors_total{cause="memory_full"}') >= 17, "refused"
        )
        assert server.metric("service_bytes_inside") <= 3 * MAX_BYTES
    wait_until(lambda: server.metric("service_bytes_inside") == 0, "the bytes are given back")
    assert server.classify(picture(3)).status_code == 200


def test_a_bug_is_a_500_with_a_traceback_and_a_counter(server: StandIn) -> None:
    answer = server.client.get("/v1/bug", headers={"X-Request-ID": "bug-1"})
    assert refused(answer, 500, "bug") == "the service has a bug"
    assert "IndexError" not in answer.text

    def lines_of_the_request() -> list[dict[str, Any]]:
        log = server.log.read_text().splitlines()
        return [json.loads(line) for line in log if "bug-1" in line and line.endswith("}")]

    wait_until(lambda: len(lines_of_the_request()) == 2, "both lines are in the log")
    lines = lines_of_the_request()
    assert "IndexError" in lines[0]["exception"]
    assert (lines[1]["status"], lines[1]["route"]) == (500, "/v1/bug")
    assert server.metric('service_errors_total{cause="bug"}') == 1
    text = server.client.get("/metrics").text
    assert 'service_requests_total{route="/v1/bug",status="500",version="1.2.3"} 1.0' in text


def test_one_form_for_every_refusal(server: StandIn) -> None:
    client = server.client
    refused(client.get("/nowhere"), 404, "not_found")
    wrong = client.get("/v1/classify")
    refused(wrong, 405, "method_not_allowed")
    assert wrong.headers["allow"] == "POST"
    secret = "do not repeat me"
    answer = client.post("/v1/forgetful", json={"field": secret})
    refused(answer, 422, "invalid")
    assert answer.json()["errors"][0]["loc"] == ["body", "field"]
    assert secret not in answer.text
    surrogate = client.post("/v1/forgetful", content=b'{"\\ud800": "x"}')
    refused(surrogate, 422, "invalid")
    long = client.post("/v1/forgetful", json={"x" * 10_000: "y"} | {str(n): "y" for n in range(99)})
    assert len(long.text) < 5_000


def test_latency_knows_status_class_and_version(server: StandIn) -> None:
    assert server.classify(picture(60)).status_code == 200
    refused(server.classify(b"", "text/plain"), 415, "media_type")
    text = server.client.get("/metrics").text
    labels = 'route="/v1/classify",status_class="{}",version="1.2.3"'
    for kind in ("2xx", "4xx"):
        assert f"service_request_seconds_count{{{labels.format(kind)}}}" in text


# --- bytes that cost more than they weigh


def bombs() -> dict[str, bytes]:
    given = '{"inputs":[{"name":"images","datatype":"UINT8","shape":%s,"data":%s}]}'
    one = "[1,224,224,3]"
    words = json.dumps(["x" * 50_000, *[""] * 9_999])
    return {
        "long strings": (given % (one, words)).encode(),
        "many strings": (given % (one, json.dumps([""] * 200_000))).encode(),
        "empty lists": (given % (one, json.dumps([[]] * 200_000))).encode(),
        "deep lists": (given % (one, "[" * 400_000 + "]" * 400_000)).encode(),
        "huge shape": (given % ("[4611686018427387904,224,224,3]", "[1]")).encode(),
        "huge integers": (given % (one, "[" + "9" * 900_000 + "]")).encode(),
        "floats": (given % (one, json.dumps([1.5] * 150_528))).encode(),
        "booleans": (given % (one, json.dumps([True] * 150_528))).encode(),
        "mixed": (given % (one, json.dumps([[1], 2] * 75_264))).encode(),
    }


@pytest.mark.parametrize("name", bombs())
def test_tensor_bombs(server: StandIn, name: str) -> None:
    before = memory(server.process)
    with alive_throughout(server), ThreadPoolExecutor(2) as clients:
        asked = [clients.submit(server.client.post, INFER, content=bombs()[name]) for _ in range(2)]
        highest = 0
        while not all(one.done() for one in asked):
            highest = max(highest, memory(server.process))
            time.sleep(0.01)
    for one in asked:
        refused(one.result(), 400, "bad_tensor")
    assert highest < before + 500_000_000
    assert server.infer(tensor()).status_code == 200


def test_too_many_scans_and_frames(server: StandIn) -> None:
    assert server.classify(progressive(10), "image/jpeg").status_code == 200
    answer = server.classify(progressive(2000), "image/jpeg")
    assert "more than 100 scans" in refused(answer, 422, "invalid")
    file = io.BytesIO()
    frames = [Image.effect_noise((16, 16), 100).convert("RGB") for _ in range(150)]
    frames[0].save(file, "WEBP", save_all=True, append_images=frames[1:])
    answer = server.classify(file.getvalue(), "image/webp")
    assert "more than 100 frames" in refused(answer, 422, "invalid")


def stop(process: psutil.Process) -> None:
    os.kill(process.pid, signal.SIGSTOP)  # as if it hung in a decoder


def test_a_stuck_decoder_is_replaced(server: StandIn) -> None:
    """The request that met it fails, the next one does not; /livez answers meanwhile."""
    stuck = decoders(server)
    killed = server.metric("service_decoders_killed_total")
    assert len(stuck) == 2
    for process in stuck:
        stop(process)
    with alive_throughout(server), ThreadPoolExecutor(2) as clients:
        late = [clients.submit(server.classify, picture(n)) for n in (70, 71)]
        assert {one.result().status_code for one in late} <= {422, 504}
        wait_until(lambda: server.metric("service_decoders_killed_total") == killed + 2, "killed")
        wait_until(lambda: server.client.get("/readyz").status_code == 200, "ready again")
    assert not {one.pid for one in stuck} & {one.pid for one in decoders(server)}
    assert server.classify(picture(72)).status_code == 200


def test_a_decoder_that_dies_is_replaced(server: StandIn) -> None:
    for process in decoders(server):
        process.kill()
    answers = [server.classify(picture(n)) for n in (80, 81, 82)]
    assert answers[-1].status_code == 200
    for answer in answers[:-1]:
        assert answer.status_code == 200 or refused(answer, 422, "undecodable")


def test_without_decoders_it_is_not_ready(server: StandIn) -> None:
    """As on a machine where none can be started; it goes on trying."""
    program, hidden = server.folder / "decoders.py", server.folder / "hidden"
    program.rename(hidden)
    try:
        for process in decoders(server):
            process.kill()
        with ThreadPoolExecutor(2) as clients:
            late = [clients.submit(server.classify, picture(n)) for n in (73, 74)]
            wait_until(lambda: server.client.get("/readyz").status_code == 503, "not ready")
            assert server.client.get("/livez").status_code == 200
            refused(server.classify(picture(75)), 503, "no_decoder")
            assert {one.result().status_code for one in late} <= {422, 504}
    finally:
        hidden.rename(program)
    wait_until(lambda: server.client.get("/readyz").status_code == 200, "ready again")
    assert server.classify(picture(76)).status_code == 200


def test_sigterm_ends_it_while_its_decoders_hang(tmp_path: Path) -> None:
    server = StandIn(
        tmp_path / "service",
        **LIMITS | {"SERVICE_DECODE_S": str(LONG_S), "SERVICE_DRAIN_S": "0.2"},
    )
    try:
        server.release()
        for process in decoders(server):
            stop(process)
        with ThreadPoolExecutor(2) as clients:
            late = [clients.submit(server.classify, picture(n)) for n in (70, 71)]
            wait_until(lambda: server.metric("service_inside") == 2, "both are inside")
            server.process.send_signal(signal.SIGTERM)
            assert server.process.wait(LONG_S) == -signal.SIGTERM
            codes = []
            for one in late:
                with contextlib.suppress(httpx.TransportError):
                    codes.append(one.result().status_code)
        assert set(codes) <= {422, 504}
    finally:
        server.close()


def test_a_group_of_images_is_admitted_or_refused_as_one(server: StandIn) -> None:
    with server.held(), ThreadPoolExecutor(3) as clients:
        first = [clients.submit(server.classify, picture(n)) for n in (90, 91)]
        wait_until(lambda: server.metric("service_inside") == 2, "two are inside")
        raw = bytes([200]) * 4 * 150_528
        refused(binary(server, raw, 4, len(raw)), 429, "queue_full")
        assert server.metric("service_inside") == 2
    assert {one.result().status_code for one in first} <= {200, 504}
    assert server.classify(picture(92)).status_code == 200
    assert not any(call.endswith(" 200") for call in server.calls())


def test_what_nobody_waits_for_leaves_the_queue(server: StandIn) -> None:
    """Twenty clients announce nothing wrong and go away; their places and bytes are free."""
    for process in decoders(server):
        stop(process)
    body = picture(100)
    for _ in range(20):
        with server.raw(f"Content-Length: {len(body)}", body):
            pass
    wait_until(lambda: server.metric("service_inside") == 0, "nobody is inside")
    wait_until(lambda: server.metric("service_bytes_inside") == 0, "no bytes are")
    wait_until(lambda: server.classify(picture(101)).status_code == 200, "it serves")


# --- settings fail closed


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({}, "SERVICE_ANONYMOUS=true"),
        ({"SERVICE_ANONYMOUS": "true", "SERVICE_MAX_BACTH": "8"}, "SERVICE_MAX_BACTH"),
        ({"SERVICE_API_KEY": "k" * 32}, "SERVICE_API_KEY"),
        ({"SERVICE_API_KEYS": '{"alice": "short"}'}, "at least 32 characters"),
        ({"SERVICE_API_KEYS": '{"alice": ""}'}, "at least 32 characters"),
        ({"SERVICE_API_KEYS": '{"alice": []}'}, "at least one key"),
        ({"SERVICE_API_KEYS": "k" * 32}, "api_keys"),
        (
            {"SERVICE_API_KEYS": json.dumps({"a": "k" * 32}), "SERVICE_ANONYMOUS": "true"},
            "SERVICE_ANONYMOUS",
        ),
    ],
)
def test_it_does_not_start_open_by_mistake(variables: dict[str, str], says: str) -> None:
    done = StandIn.start_up(**variables)
    assert done.returncode != 0
    assert says in done.stderr
    assert "short" not in done.stderr.replace("shorter", "")
