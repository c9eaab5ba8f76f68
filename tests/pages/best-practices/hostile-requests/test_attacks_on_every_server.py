"""Each scenario's server, as a process of its own, under the same attacks and faults.

For each of them: no 5xx that is not announced, /livez answers throughout, memory stays under the
computed bound, and what was accepted is answered. The quick form has small models and tries each
attack once; the slow form has the pages' own artifacts, repeats each, and compares memory.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from fenceproof.run.pace import patience
from tests.every_server import (
    ANNOUNCED,
    BATCHED,
    KEY,
    KINDS,
    LONG_S,
    MODEL_FAULTS,
    REFERENCE,
    Attacked,
)
from tests.service import memory
from tests.stand_in import claims
from tests.waiting import wait_until

pytestmark = pytest.mark.xdist_group("every server")
Attack = Callable[[Attacked], None]
REFUSALS = range(400, 500)
batched = pytest.mark.parametrize(  # not the engine of language models, which has no batcher
    "server", [kind.name for kind in BATCHED], indirect=True, scope="module"
)
# uvicorn kills a worker that does not answer its parent for so long, 5 s if not said
TWO_WORKERS = ("--workers", "2", "--timeout-worker-healthcheck", str(round(LONG_S)))


@pytest.fixture(scope="module")
def started(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Attacked]]:
    """The servers that selected tests ask for, which start at the same time."""
    calls = [getattr(item, "callspec", None) for item in request.session.items]
    wanted = {call.params.get("server") for call in calls if call}
    servers: dict[str, Attacked] = {}
    try:
        for kind in [kind for kind in KINDS if kind.name in wanted]:
            servers[kind.name] = Attacked(kind, tmp_path_factory.mktemp(kind.name) / "work")
        yield servers
    finally:
        for server in servers.values():
            server.close()


@pytest.fixture(scope="module", params=[kind.name for kind in KINDS])
def server(request: pytest.FixtureRequest, started: dict[str, Attacked]) -> Attacked:
    return started[request.param].start()


# --- attacks


def malformed(server: Attacked, examples: int = 15) -> None:
    """Bytes, JSON of any form, and the right fields with wrong contents."""
    text = st.text("aZ 0%(\u00e9\u4e2d\u0000\ud800\U0001f600", max_size=30)
    leaves = st.none() | st.booleans() | st.integers() | st.floats() | text
    anything = st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner)
    )
    known = "text texts stream truncation user top without model prompt max_tokens stop seed"
    names = st.sampled_from(known.split())
    asked = {"model": st.just("zen-1"), "prompt": text, "stop": text, "seed": anything}
    fields = st.dictionaries(names, anything, max_size=4) | st.fixed_dictionaries(asked)
    bodies = st.binary(max_size=300) | (anything | fields).map(lambda a: json.dumps(a).encode())

    @hypothesis_settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        body=bodies,
        kind=st.sampled_from(["application/json", "image/jpeg", "", "x/y;z"]),
        query=st.sampled_from(["", "?top=x", "?top=99999999999999999999", "?%ff"]),
    )
    def no_server_error(body: bytes, kind: str, query: str) -> None:
        headers = {"Content-Type": kind}
        answer = server.client.post(server.kind.path + query, content=body, headers=headers)
        assert answer.status_code < 500, (body, answer.text)

    no_server_error()


def json_bombs() -> dict[str, bytes]:
    return {
        "brackets": b"[" * 9000,
        "deep objects": b'{"text":' * 900 + b"1" + b"}" * 900,
        "a long integer": b'{"user": ' + b"9" * 9000 + b"}",
        "many fields": json.dumps({f"f{n}": n for n in range(900)}).encode(),
        "one field often": b"{" + b",".join([b'"user":1'] * 900) + b"}",
        "no numbers": b'{"user": NaN, "top": Infinity}',
        "half a surrogate": b'{"text": "\\ud800", "texts": ["\\udfff"]}',
        "zero bytes": b'{"text": "a\\u0000b", "texts": ["\\u0000"]}',
        "the longest texts": json.dumps({"texts": ["\U0001f600" * 9_990] * 16}).encode(),
        "one long word": json.dumps({"texts": ["x" * 9_999] * 16, "truncation": "head"}).encode(),
        "marks on marks": json.dumps({"texts": ["e" + "\u0301" * 9_000] * 4}).encode(),
        "a text of 500": json.dumps({"text": "translate " * 50}).encode(),
        "placeholders": json.dumps({"text": "a " + "%(x)s" * 99}).encode(),
        "many movies": json.dumps({"user": 1, "without": [*range(500)], "top": 50}).encode(),
        "a stop of half": b'{"model": "zen-1", "prompt": "\\ud800\\udc00", "stop": "\\ud800"}',
        "a message of half": json.dumps(
            {"model": "zen-1", "messages": [{"role": "user", "content": "\ud800"}]}
        ).encode(),
        "the longest prompt": json.dumps({"model": "zen-1", "prompt": "x" * 150_000}).encode(),
        "many messages": json.dumps({"model": "zen-1", "messages": [{}] * 30_000}).encode(),
        "a name of half": json.dumps(
            {"model": "zen-1", "prompt": "x", "\ud800" * 9_000: 1}
        ).encode(),
        "a long name": json.dumps({"model": "zen-1", "prompt": "x", "x" * 90_000: 1}).encode(),
        "a long model": json.dumps({"model": "x" * 90_000, "prompt": "x"}).encode(),
        "too many movies": json.dumps({"user": 1, "without": [*range(501)]}).encode(),
    }


def encode(image: Image.Image, form: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def picture_bombs() -> dict[str, tuple[str, bytes]]:
    """Of each format that is read: what it claims, what it repeats, and what it unpacks to."""
    flat = Image.new("RGBA", (2828, 2828), (9, 9, 9, 9))  # as many pixels as are allowed
    scans = encode(Image.new("L", (500, 500)), "JPEG", progressive=True)
    start = scans.rindex(b"\xff\xda")
    frames = [Image.effect_noise((16, 16), 100).convert("RGB") for _ in range(120)]
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "x" * 10_000_000, zip=True)
    small = Image.new("RGB", (64, 64))
    return {
        "a png of claims": ("image/png", claims(50_000)),
        "an allowed png": ("image/png", encode(flat, "PNG", compress_level=1)),
        "a png whose comment is a bomb": ("image/png", encode(small, "PNG", pnginfo=text)),
        "an animated png": (
            "image/png",
            encode(frames[0], "PNG", save_all=True, append_images=frames[1:]),
        ),
        "a jpeg of scans": (
            "image/jpeg",
            scans[:-2] + scans[start:-2] * 2000 + scans[-2:],
        ),
        "a large jpeg": ("image/jpeg", encode(Image.new("RGB", (5600, 5600)), "JPEG")),
        "a cut jpeg": ("image/jpeg", encode(Image.effect_noise((800, 800), 90), "JPEG")[:-9000]),
        "an allowed webp": ("image/webp", encode(flat, "WEBP", quality=1, method=0)),
        "an animated webp": (
            "image/webp",
            encode(frames[0], "WEBP", save_all=True, append_images=frames[1:]),
        ),
        "a gif": ("image/png", encode(small, "GIF")),
        "a tiff": ("image/jpeg", encode(small, "TIFF")),
    }


def bombs(server: Attacked) -> None:
    """What costs more than it weighs; several at once, so that their costs add up."""
    sent = [("application/json", body) for body in json_bombs().values()]
    if server.kind.media_type.startswith("image/"):
        sent += picture_bombs().values()
    with ThreadPoolExecutor(4) as clients:
        answers = [*clients.map(lambda one: server.post(one[1], one[0]), sent)]
    for answer in answers:
        assert answer.status_code == 200 or answer.status_code in REFUSALS, answer.text
        assert len(answer.content) < 20_000


def slow_headers(server: Attacked) -> None:
    """Sixty clients that never end their headers keep nobody out."""
    with contextlib.ExitStack() as stack:
        for _ in range(60):
            stack.enter_context(server.connect()).sendall(server.head()[:-4])
        assert server.post(server.good).status_code == 200


def slow_bodies(server: Attacked) -> None:
    """They hold what they announce until the read time-out; there is room for so many."""
    size = int(server.value("service_max_bytes ")) or 10_000
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(server.connect()) for _ in range(40)]
        for one in slow:
            one.sendall(server.head(f"Content-Length: {size}") + b"{")
        assert server.post(server.good).status_code in (200, 429)
        statuses = {one.recv(12) for one in slow}
    assert statuses <= {b"HTTP/1.1 408", b"HTTP/1.1 429"}
    assert b"HTTP/1.1 408" in statuses


def slow_readers(server: Attacked) -> None:
    """Clients that send many requests and read no answer."""
    ask = f"GET /metrics HTTP/1.1\r\nHost: x\r\nAuthorization: {KEY['Authorization']}\r\n\r\n"
    with contextlib.ExitStack() as stack:
        for _ in range(10):
            one = stack.enter_context(server.connect())
            one.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                for _ in range(5):
                    one.send(ask.encode() * 40)
        assert server.post(server.good).status_code == 200


def half_open(server: Attacked) -> None:
    """Connections on which nothing comes, and clients that vanish in the middle of a request."""
    with contextlib.ExitStack() as stack:
        for _ in range(60):
            stack.enter_context(server.connect())
        for sent in (b"", b"GE", server.head()[:-2], server.head("Content-Length: 99") + b"{"):
            for _ in range(5):
                vanish(server, sent)
        length = f"Content-Length: {len(server.good)}"
        for _ in range(10):
            vanish(server, server.head(length) + server.good)
        assert server.post(server.good).status_code == 200


def vanish(server: Attacked, sent: bytes) -> None:
    """Send, and reset the connection."""
    with server.connect() as one:
        one.sendall(sent)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def pipelined(server: Attacked) -> None:
    """Two requests in one packet are two answers; what could be read in two ways is refused."""
    length = f"Content-Length: {len(server.good)}"
    one = server.head(length) + server.good
    answers = server.say(one + one)
    assert answers.count(b"HTTP/1.1 200 ") == 3, answers  # and /livez
    hidden = server.head("Content-Length: 5", "Transfer-Encoding: chunked") + b"0\r\n\r\n"
    for ambiguous in (
        hidden + one,
        server.head("Content-Length: 5", "Content-Length: 6") + b"12345" + one,
        server.head("Content-Length: +5") + b"12345",
        server.head("Transfer-Encoding: chunked") + b"xyz\r\n",
        server.head("Transfer-Encoding: chunked") + b"-1\r\n\r\n",
        server.head("Transfer-Encoding: identity, chunked, gzip") + b"0\r\n\r\n",
        server.head("Host : y"),
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 300,
    ):
        answer = server.say(ambiguous)
        assert answer.startswith(b"HTTP/1.1 400 ") and answer.count(b"HTTP/1.1 ") == 1, (
            ambiguous,
            answer,
        )


def compressed(server: Attacked) -> None:
    """Nobody unpacks a body: neither a bomb nor an honest one."""
    for plain in (b"0" * 5_000_000, server.good):
        answer = server.post(gzip.compress(plain), **{"Content-Encoding": "gzip"})
        assert answer.status_code == 415, answer.text
        assert answer.json()["cause"] == "content_encoding"


def header_floods(server: Attacked) -> None:
    """Many headers, and long ones: refused, and the connection is ended."""
    for flood in ([f"X-{n}: {n}" for n in range(5_000)], ["X-Long: " + "x" * 500_000]):
        answer = server.say(server.head(*flood, "Content-Length: 2") + b"{}")
        assert answer.startswith((b"HTTP/1.1 431", b"HTTP/1.1 400")), answer[:200]
        assert b"connection: close" in answer.lower()


def wrong_keys(server: Attacked) -> None:
    """Guesses in bulk get 401 and then 429; the right key works from the same address."""
    with httpx.Client(base_url=server.url, timeout=LONG_S) as stranger:
        statuses = Counter(
            stranger.post(
                server.kind.path,
                content=server.good,
                headers={"Authorization": f"Bearer {number:032}"},
            ).status_code
            for number in range(60)
        )
    assert set(statuses) == {401, 429}
    assert server.post(server.good).status_code == 200


ATTACKS: list[Attack] = [
    malformed,
    bombs,
    slow_headers,
    slow_bodies,
    slow_readers,
    half_open,
    pipelined,
    compressed,
    header_floods,
    wrong_keys,
]


@pytest.mark.parametrize("attack", ATTACKS, ids=[attack.__name__ for attack in ATTACKS])
def test_attack(server: Attacked, attack: Attack) -> None:
    with server.watched():
        attack(server)


# --- faults of the model


@batched
@pytest.mark.parametrize("fault", MODEL_FAULTS)
def test_a_model_that_fails_is_a_500_and_goes_on(server: Attacked, fault: str) -> None:
    """Also one that returns too few rows; the next request is answered as if nothing had been."""
    announced = frozenset() if server.kind.falls_back else frozenset({ANNOUNCED["model"]})
    with server.watched(announced=announced), server.spoiled(fault), ThreadPoolExecutor(4) as pool:
        answers = [*pool.map(lambda _: server.post(server.good), range(8))]
        for answer in answers:
            if server.kind.falls_back:
                assert (answer.status_code, answer.json()["because"]) == (200, "failed")
            else:
                assert (answer.status_code, answer.json()["cause"]) == (500, "model")


@batched
def test_a_model_that_hangs_holds_nobody(server: Attacked) -> None:
    """Who gives up leaves the queue, and those that wait are answered when it goes on."""
    length = f"Content-Length: {len(server.good)}"
    with server.watched(), ThreadPoolExecutor(4) as clients:
        with server.spoiled("hang"):
            waiting = [clients.submit(server.post, server.good) for _ in range(4)]
            wait_until(lambda: server.value("service_inside ") == 4, "four are inside")
            for _ in range(20):
                with server.connect() as one:
                    one.sendall(server.head(length) + server.good)
            wait_until(lambda: server.value("service_inside ") == 4, "the others have left")
            assert not any(one.done() for one in waiting)
        assert [one.result().status_code for one in waiting] == [200] * 4


# --- another artifact while it serves


@batched
def test_a_model_is_reloaded_while_it_serves(server: Attacked) -> None:
    """SIGHUP: a good artifact takes over between two requests, a damaged one is refused."""
    manifest = server.folder / "artifact/manifest.json"
    before = manifest.read_text()
    changed = json.loads(before) | {"version": "9.9.9"}
    seen: list[tuple[int, str]] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            answer = server.post(server.good)
            seen.append((answer.status_code, answer.json().get("version", "")))

    with server.watched(bounded=False), ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(ask) for _ in range(2)]
        try:
            manifest.write_text(json.dumps(changed))
            server.process.send_signal(signal.SIGHUP)
            wait_until(lambda: (200, "9.9.9") in seen[-1:], "the new one answers")
            manifest.write_text(before[:-9])
            server.process.send_signal(signal.SIGHUP)
            wait_until(lambda: server.counted("service_errors_total").get('{cause="reload"}'), "no")
        finally:
            done.set()
            manifest.write_text(before)
        for one in asked:
            one.result()
    versions = [version for _, version in seen]
    assert {status for status, _ in seen} == {200}
    assert server.post(server.good).json()["version"] == "9.9.9"
    assert versions[-1] == "9.9.9" != versions[0]


# --- SIGTERM; the last test of each server, which it ends


def ask_until_closed(server: Attacked, number: int, seen: list[str], patient: bool) -> None:
    """A client that keeps its connection, and goes on after a refusal.

    Args:
        number: the client's, for its request ids.
        seen: what became of each request.
        patient: waits as long as Retry-After says, as clients should, or until the server ended.
    """
    headers = {"Content-Type": server.kind.media_type, "X-Request-ID": f"sigterm-{number}"}
    with httpx.Client(base_url=server.url, timeout=LONG_S, headers=KEY | headers) as client:
        while True:
            try:
                answer = client.post(server.kind.path, content=server.good)
            except httpx.ConnectError:
                return
            except httpx.TransportError:
                seen.append("lost")
                continue
            seen.append(str(answer.status_code))
            if answer.status_code == 503:
                assert answer.headers["connection"] == "close"
                if patient:
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        server.process.wait(int(answer.headers["retry-after"]))


def keep_asking_over_sigterm(server: Attacked, patient: bool = True) -> Counter[str]:
    """What became of the requests of six clients; the server has ended."""
    seen: list[str] = []
    with ThreadPoolExecutor(6) as pool:
        asked = [pool.submit(ask_until_closed, server, n, seen, patient) for n in range(6)]
        wait_until(lambda: seen.count("200") >= 6, "they are served")
        server.process.send_signal(signal.SIGTERM)
        for one in asked:
            one.result()
    server.process.wait(LONG_S)
    return Counter(seen)


def read_by(server: Attacked) -> Counter[str]:
    """The statuses of these clients' requests in the server's log: what it had read."""
    lines = [json.loads(line) for line in server.log.read_text().splitlines() if line[:1] == "{"]
    found = [line for line in lines if str(line.get("request_id")).startswith("sigterm-")]
    return Counter(str(line["status"]) for line in found if "status" in line)


def test_sigterm_with_clients_that_keep_their_connections(server: Attacked) -> None:
    seen = keep_asking_over_sigterm(server)
    assert server.process.returncode == -signal.SIGTERM
    assert set(seen) <= {"200", "503"}, seen
    assert read_by(server) == seen


# --- at length: the pages' own artifacts, and each attack ten times


@pytest.fixture(scope="module", params=[*BATCHED, REFERENCE], ids=lambda kind: kind.name)
def full(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Attacked]:
    """A server with the artifact that its page builds."""
    folder = tmp_path_factory.mktemp(f"full-{request.param.name}") / "work"
    server = Attacked(request.param, folder, small=False)
    try:
        yield server.start()
    finally:
        server.close()


@pytest.mark.slow
@pytest.mark.parametrize("attack", ATTACKS, ids=[attack.__name__ for attack in ATTACKS])
def test_attack_ten_times(full: Attacked, attack: Attack) -> None:
    """Memory after the tenth time is what it was after the second."""
    for repetition in range(10):
        with full.watched():
            attack(full)
        if repetition == 1:
            settled = memory(full.process)
    assert memory(full.process) < 1.05 * settled + 10_000_000


@pytest.mark.slow
def test_schema_aware_malformed_requests(full: Attacked, tmp_path: Path) -> None:
    """What Schemathesis makes of the server's own OpenAPI document: right and wrong bodies."""
    (tmp_path / "schemathesis.toml").write_text(
        f'headers = {{ Authorization = "{KEY["Authorization"]}" }}\n'
        f'[parameters]\n"path.name" = "efficientnet-lite0"\n'
    )
    command = [str(Path(sys.executable).parent / "schemathesis"), "run"]
    command += [f"{full.url}/openapi.json", "--seed", "1", "--max-examples", "50"]
    command += [
        "--checks",
        "not_a_server_error,response_schema_conformance,status_code_conformance",
    ]
    with full.watched():
        ended = subprocess.run(
            command,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=patience(300),
            check=False,
        )
    assert ended.returncode == 0, ended.stdout[-5000:]


@pytest.mark.slow
@pytest.mark.parametrize("patient", [True, False])
def test_two_workers_over_sigterm(full: Attacked, patient: bool) -> None:
    """Every request that a worker has read is answered. Who does not heed Retry-After may meet
    the port of the parent, which stays open until its workers have ended.
    """
    server = Attacked(full.kind, full.folder, *TWO_WORKERS).start(times=2)
    try:
        seen = keep_asking_over_sigterm(server, patient)
        lost = seen.pop("lost", 0)
        assert not (patient and lost)
        assert read_by(server) == seen
    finally:
        server.close()


@pytest.mark.slow
def test_a_killed_worker_is_replaced(full: Attacked) -> None:
    """What it had read is lost, at most one request of each client; the rest is answered."""
    server = Attacked(full.kind, full.folder, *TWO_WORKERS).start(times=2)
    try:
        children = psutil.Process(server.process.pid).children()
        workers = [one for one in children if "spawn_main" in " ".join(one.cmdline())]
        assert len(workers) == 2

        def ask(number: int) -> str:
            with contextlib.suppress(httpx.TransportError), httpx.Client(headers=KEY) as client:
                headers = {"Content-Type": server.kind.media_type}
                url = server.url + server.kind.path
                answer = client.post(url, content=server.good, headers=headers, timeout=LONG_S)
                return str(answer.status_code)
            return "lost"

        with ThreadPoolExecutor(8) as pool:
            asked = [pool.submit(ask, number) for number in range(80)]
            wait_until(lambda: sum(one.done() for one in asked) > 8, "some are answered")
            workers[0].kill()
            seen = Counter(one.result() for one in asked)
        assert set(seen) <= {"200", "lost"} and seen["lost"] <= 8, seen
        server.wait_until_ready(times=3)
        assert {ask(number) for number in range(10)} == {"200"}
    finally:
        server.close()
