"""What the reference service promises over HTTP, with a stand-in for the model:
each refusal, readiness, SIGTERM.
"""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from fenceproof.project import find_project
from fenceproof.run.pace import patience
from tests.stand_in import (
    KEY,
    LIMITS,
    LONG_S,
    MAX_BYTES,
    MAX_QUEUE,
    SECRET,
    StandIn,
    binary,
    claims,
    picture,
    refused,
    tensor,
)
from tests.waiting import wait_until

ROOT = find_project(Path(__file__)).root
FUZZ = ROOT / "examples/best-practices/http-api/schemathesis.toml"
pytestmark = pytest.mark.xdist_group("service")


@pytest.fixture(scope="module")
def starting(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[StandIn, dict[str, httpx.Response]]]:
    """A server, and what it said while its model had not answered yet."""
    server = StandIn(tmp_path_factory.mktemp("service"), **LIMITS)
    try:
        wait_until(lambda: len(server.calls()) == 1, "the golden question")
        early = {
            path: server.client.get(path)
            for path in ("/livez", "/readyz", "/v2/health/live", "/v2/health/ready")
        }
        early["classify"] = server.classify(picture(9))
        early["infer"] = server.infer({})
        server.release()
        yield server, early
    finally:
        server.close()


@pytest.fixture(scope="module")
def server(starting: tuple[StandIn, dict[str, httpx.Response]]) -> StandIn:
    return starting[0]


def test_ready_only_after_the_golden_answer_and_every_shape(
    starting: tuple[StandIn, dict[str, httpx.Response]],
) -> None:
    server, early = starting
    assert {name: answer.status_code for name, answer in early.items()} == {
        "/livez": 200,
        "/readyz": 503,
        "/v2/health/live": 200,
        "/v2/health/ready": 503,
        "classify": 503,
        "infer": 503,
    }
    assert refused(early["classify"], 503, "starting") == "the service is starting"
    assert early["classify"].headers["retry-after"] == "1"
    assert server.calls()[:5] == ["1 90", "1 0", "2 0", "3 0", "4 0"]
    assert server.client.get("/readyz").json() == {"status": "ready", "version": "1.2.3"}


def test_an_answer(server: StandIn) -> None:
    answer = server.classify(picture(42), top=2)
    assert answer.status_code == 200
    body = answer.json()
    assert (body["model"], body["version"]) == ("stand-in", "1.2.3")
    assert [len(body["labels"]), body["labels"][0]["label"]] == [2, "label 42"]
    assert body["labels"][0]["probability"] == pytest.approx(0.5005)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_formats(server: StandIn, form: str) -> None:
    assert server.classify(picture(50, form=form), f"image/{form.lower()}; x=y").status_code == 200


def test_request_ids(server: StandIn) -> None:
    given = server.client.get("/livez", headers={"X-Request-ID": "order-17"}).headers[
        "x-request-id"
    ]
    made = server.client.get("/livez").headers["x-request-id"]
    unsafe = server.client.get("/livez", headers={"X-Request-ID": 'a" }'}).headers["x-request-id"]
    assert given == "order-17"
    assert len(made) == len(unsafe) == 32 and made != unsafe
    lines = [json.loads(line) for line in server.log.read_text().splitlines() if "order-17" in line]
    assert [(line["route"], line["status"], line["level"]) for line in lines] == [
        ("/livez", 200, "info")
    ]


@pytest.mark.parametrize("header", ["", "Bearer wrong", f"Basic {SECRET}", SECRET])
def test_401(server: StandIn, header: str) -> None:
    answers = [
        server.client.post(
            "/v1/classify",
            content=picture(1),
            headers={"Authorization": header, "Content-Type": "image/png"},
        ),
        server.infer({}, headers={"Authorization": header}),
    ]
    for answer in answers:
        refused(answer, 401, "unknown_key")
        assert answer.headers["www-authenticate"] == "Bearer"


def test_408_and_the_place_of_a_slow_client_is_not_taken(server: StandIn) -> None:
    with server.raw("Content-Length: 1000", b"slow") as slow:
        assert server.metric("service_inside") == 0
        said = slow.makefile("rb").read().lower()  # to the end: it hangs up
    assert (
        said.startswith(b"http/1.1 408") and b"connection: close" in said and b"slow_client" in said
    )


def test_413_by_bytes(server: StandIn) -> None:
    assert (
        refused(server.classify(b"x" * (MAX_BYTES + 1)), 413, "too_large")
        == f"more than {MAX_BYTES} bytes"
    )
    with server.raw(f"Content-Length: {10 * MAX_BYTES}") as unsent:  # refused by its announcement
        assert unsent.makefile("rb").read().startswith(b"HTTP/1.1 413")
    chunks = iter([b"x" * MAX_BYTES, b"y"])  # nothing announced
    refused(
        server.client.post("/v1/classify", content=chunks, headers={"Content-Type": "image/png"}),
        413,
        "too_large",
    )


@pytest.mark.parametrize("side", [5001, 15_000, 50_000, 2**31 - 1])
def test_413_by_pixels(server: StandIn, side: int) -> None:
    bomb = claims(side)
    assert len(bomb) < 100
    assert "8000000" in refused(server.classify(bomb), 413, "too_many_pixels")


@pytest.mark.parametrize("kind", ["", "text/plain", "image/gif", "multipart/form-data; boundary=x"])
def test_415(server: StandIn, kind: str) -> None:
    assert "image/webp" in refused(server.classify(picture(1), kind), 415, "media_type")


@pytest.mark.parametrize(
    ("content", "query", "field"),
    [
        (picture(1), {"top": 0}, ["query", "top"]),
        (picture(1), {"top": 99}, ["query", "top"]),
        (picture(1), {"top": "many"}, ["query", "top"]),
        (b"", {}, ["body"]),
        (b"GIF89a", {}, ["body"]),
        (claims(100), {}, ["body"]),
        (picture(200, (300, 300), "JPEG")[:900], {}, ["body"]),
    ],
)
def test_422_names_the_field(
    server: StandIn, content: bytes, query: dict[str, Any], field: list[str]
) -> None:
    answer = server.classify(content, **query)
    refused(answer, 422, "invalid")
    assert answer.json()["errors"][0]["loc"] == field


def test_429_when_the_queue_is_full_and_nothing_is_forgotten(server: StandIn) -> None:
    with ThreadPoolExecutor(MAX_QUEUE) as clients:
        with server.held():
            inside = [
                clients.submit(server.classify, picture(n)) for n in range(20, 20 + MAX_QUEUE)
            ]
            wait_until(lambda: server.metric("service_inside") == MAX_QUEUE, "the queue is full")
            for answer in (server.classify(picture(1)), server.infer({})):
                assert refused(answer, 429, "queue_full") == "the queue is full"
                assert int(answer.headers["retry-after"]) >= 1
        codes = [future.result().status_code for future in inside]
    # 504: on a machine that is very busy
    assert set(codes) <= {200, 504} and len(codes) == MAX_QUEUE
    assert server.classify(picture(1)).status_code == 200


def test_500_for_one_picture_not_for_its_neighbors(server: StandIn) -> None:
    for unlucky in (13, 7):
        assert refused(server.classify(picture(unlucky)), 500, "model") == "the model fails on this"
    assert server.classify(picture(14)).status_code == 200
    assert "unlucky" in server.log.read_text()


def test_504_and_a_client_that_goes_away(server: StandIn) -> None:
    with server.held():
        with ThreadPoolExecutor(1) as clients:
            late: Future[httpx.Response] = clients.submit(server.classify, picture(30))
            wait_until(lambda: server.calls()[-1] == "1 30", "the model is asked")
            body = picture(31)
            with server.raw(f"Content-Length: {len(body)}", body):
                wait_until(lambda: server.metric("service_inside") == 2, "it waits")
            wait_until(
                lambda: server.metric('service_errors_total{cause="client_gone"}') >= 1,
                "it is gone",
            )
            refused(late.result(), 504, "deadline")
        assert server.metric("service_inside") == 0
    assert server.classify(picture(32)).status_code == 200
    assert "1 31" not in server.calls()


@pytest.mark.parametrize(
    ("body", "name", "status", "error"),
    [
        (tensor(datatype="FP32"), "stand-in", 400, "inputs.0.datatype"),
        (tensor(shape=[1, 3, 224, 224]), "stand-in", 400, "inputs.0.shape"),
        (tensor(shape=[2, 224, 224, 3]), "stand-in", 400, "must hold 301056 integers"),
        (tensor(data=[256] * 150528), "stand-in", 400, "not within 0 and 255"),
        (tensor(data=[[1, 2], [3]]), "stand-in", 400, "differ in length"),
        (tensor(count=0), "stand-in", 400, "inputs.0.shape"),
        (tensor() | {"more": 1}, "stand-in", 400, "more"),
        ([], "stand-in", 400, "body"),
        (tensor(), "other", 404, "there is no model other"),
    ],
)
def test_protocol_v2_refuses(
    server: StandIn, body: Any, name: str, status: int, error: str
) -> None:
    cause = {400: "bad_tensor", 404: "unknown_model"}[status]
    assert error in refused(server.infer(body, name), status, cause)


def test_protocol_v2_answers_in_json_and_binary_alike(server: StandIn) -> None:
    told = server.client.get("/v2/models/stand-in").json()
    assert told["inputs"] == [{"name": "images", "datatype": "UINT8", "shape": [-1, 224, 224, 3]}]
    as_json = server.infer(tensor(200))
    assert as_json.status_code == 200
    assert as_json.json()["id"] == "seven"
    raw = bytes([200]) * 150528
    answer = binary(server, raw, 1, len(raw))
    assert answer.status_code == 200
    assert answer.json() == as_json.json()
    assert answer.json()["outputs"][0]["data"][200] == pytest.approx(0.5005)


def test_protocol_v2_binary_refuses(server: StandIn) -> None:
    assert "needs 150528 bytes, has 3" in refused(binary(server, b"abc", 1, 3), 400, "bad_tensor")
    assert "has 150528" in refused(binary(server, b"a" * 150528, 1, 5), 400, "bad_tensor")
    assert (
        refused(binary(server, b"a" * 5 * 150528, 5, 5 * 150528), 400, "bad_tensor")
        == "inputs.0.shape: at most 4 images"
    )


def test_every_refusal_is_announced(server: StandIn) -> None:
    paths = server.client.get("/openapi.json").json()["paths"]
    statuses = set(paths["/v1/classify"]["post"]["responses"])
    assert statuses == {"200", "401", "408", "413", "415", "422", "429", "500", "503", "504"}
    statuses = set(paths["/v2/models/{name}/infer"]["post"]["responses"])
    assert statuses >= {"200", "400", "401", "404", "408", "413", "429", "500", "503", "504"}


PHOTOGRAPH = picture(120, (64, 48), "JPEG")
DAMAGED = st.tuples(st.integers(0, len(PHOTOGRAPH) - 1), st.binary(min_size=1, max_size=8)).map(
    lambda cut: PHOTOGRAPH[: cut[0]] + cut[1] + PHOTOGRAPH[cut[0] + len(cut[1]) :]
)


def no_bytes_are_the_services_fault(server: StandIn, content: bytes) -> None:
    assert server.classify(content, "image/jpeg").status_code in (200, 413, 422)


@hypothesis_settings(max_examples=25, deadline=None, derandomize=True, database=None)
@given(content=st.binary(max_size=300) | DAMAGED)
def test_no_bytes_are_the_services_fault(server: StandIn, content: bytes) -> None:
    no_bytes_are_the_services_fault(server, content)


@pytest.mark.slow
@hypothesis_settings(
    max_examples=1000, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
@given(content=st.binary(max_size=300) | DAMAGED)
def test_no_bytes_at_length(server: StandIn, content: bytes) -> None:
    no_bytes_are_the_services_fault(server, content)


@pytest.mark.parametrize("examples", [3, pytest.param(100, marks=pytest.mark.slow)])
def test_schemathesis_finds_nothing(server: StandIn, examples: int) -> None:
    hints = FUZZ.read_text().replace("efficientnet-lite0", "stand-in")
    hints = hints.replace(
        "[parameters]", f'headers = {{ Authorization = "{KEY["Authorization"]}" }}\n[parameters]'
    )
    (server.folder / "schemathesis.toml").write_text(hints)
    program = str(Path(sys.executable).parent / "schemathesis")
    command = [
        program,
        "run",
        f"{server.url}/openapi.json",
        "--seed",
        "1",
        "--max-examples",
        str(examples),
        "--phases",
        "examples,coverage,fuzzing",
    ]
    result = subprocess.run(
        command,
        cwd=server.folder,
        capture_output=True,
        text=True,
        timeout=patience(300),
        check=False,
    )
    assert result.returncode == 0, result.stdout[-5000:]
    assert "unresolvable" not in result.stdout
    assert server.client.get("/readyz").status_code == 200


def test_sigterm(tmp_path: Path) -> None:
    """What is in flight is answered; who comes while it drains is told to go
    elsewhere; then the port closes.
    """
    server = StandIn(
        tmp_path / "service",
        **LIMITS | {"SERVICE_DRAIN_S": "1.5", "SERVICE_DEADLINE_S": str(LONG_S)},
    )

    def closed() -> bool:
        try:
            socket.create_connection(("127.0.0.1", server.port)).close()
        except ConnectionRefusedError:
            return True
        return False

    try:
        server.release()
        with ThreadPoolExecutor(1) as clients:
            with server.held():
                inside = clients.submit(server.classify, picture(60))
                wait_until(lambda: server.calls()[-1] == "1 60", "the model is asked")
                server.process.send_signal(signal.SIGTERM)
                wait_until(lambda: server.client.get("/readyz").status_code == 503, "draining")
                answer = server.classify(picture(61))
                refused(answer, 503, "draining")
                assert answer.headers["retry-after"] == "3"  # when the port is closed
                assert answer.headers["connection"] == "close"
                assert server.client.get("/livez").status_code == 200
                wait_until(closed, "the port is closed")
                assert not inside.done()
                assert server.process.poll() is None
            assert inside.result().status_code == 200
        assert server.process.wait(LONG_S) == -signal.SIGTERM
        assert "1 61" not in server.calls()
    finally:
        server.close()
