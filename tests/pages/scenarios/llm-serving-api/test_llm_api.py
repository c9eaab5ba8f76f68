"""The API as a real process: streams, hang-ups, limits and errors in OpenAI's form.

What strangers and attackers get is in best-practices/hostile-requests, for all servers.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from fenceproof.run.pace import patience
from tests.waiting import wait_until

pytestmark = pytest.mark.work_folder
HERE = Path(__file__).parent
SECRET = "open-sesame-and-thirty-two-letters"
KEY = {"Authorization": f"Bearer {SECRET}"}
LONG: dict[str, Any] = {"max_tokens": 50_000, "stream": True}


@contextlib.contextmanager
def serving(folder: Path, **environment: str) -> Iterator[httpx.Client]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url, log = f"http://127.0.0.1:{port}", folder / f"{port}.log"
    command = [sys.executable, "-m", "uvicorn", "--factory", "slow_llm:create_app"]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    environment["PYTHONPATH"] = os.pathsep.join([str(HERE), os.environ["PYTHONPATH"]])
    environment["SERVICE_API_KEYS"] = json.dumps({"tester": SECRET})
    environment["SERVICE_REQUESTS_PER_S"] = "1000"
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            env=os.environ | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        with httpx.Client(base_url=url, timeout=patience(60), headers=KEY) as client:
            wait_until(
                lambda: is_ready(client), "the server is ready", 120, process=process, output=log
            )
            yield client
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/readyz").status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with serving(tmp_path_factory.mktemp("fast")) as client:
        yield client


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A server whose long requests never end within a test."""
    with serving(tmp_path_factory.mktemp("slow"), PAUSE_S="0.01") as client:
        yield client


@pytest.fixture(autouse=True)
def idle(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    for name in {"client", "slow"} & {*request.fixturenames}:
        free = partial(has, request.getfixturevalue(name), "llm_slots_busy 0.0")
        wait_until(free, "the slots are free again")


def has(client: httpx.Client, line: str) -> bool:
    return line in client.get("/metrics").text.splitlines()


def completion(prompt: str = "x", **options: object) -> dict[str, Any]:
    return {"model": "zen-1", "prompt": prompt, "temperature": 0} | options


def chat(text: str = "x", **options: object) -> dict[str, Any]:
    messages = [{"role": "user", "content": text}]
    return {"model": "zen-1", "messages": messages, "temperature": 0} | options


def post(client: httpx.Client, body: dict[str, Any]) -> httpx.Response:
    kind = "chat/completions" if "messages" in body else "completions"
    content, form = json.dumps(body), {"Content-Type": "application/json"}  # httpx refuses NaN
    return client.post(f"/v1/{kind}", content=content, headers=form)


def events(response: httpx.Response) -> list[str]:
    return [line.removeprefix("data: ") for line in response.text.splitlines() if line]


def test_a_completion_has_text_reason_and_usage(client: httpx.Client) -> None:
    answer = post(client, completion("xyz", max_tokens=4)).json()
    assert answer["object"] == "text_completion"
    assert answer["choices"][0]["text"] == "abab"
    assert answer["choices"][0]["finish_reason"] == "length"
    assert answer["usage"] == {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}


def test_a_chat_has_a_message(client: httpx.Client) -> None:
    answer = post(client, chat(max_completion_tokens=3)).json()
    assert answer["object"] == "chat.completion"
    assert answer["choices"][0]["message"] == {"role": "assistant", "content": "aba"}


def test_a_stop_sequence_ends_the_text(client: httpx.Client) -> None:
    choice = post(client, completion(stop=["zz", "ba"])).json()["choices"][0]
    assert (choice["text"], choice["finish_reason"]) == ("a", "stop")


@pytest.mark.parametrize("body", [chat, completion])
def test_a_stream_is_the_same_text_in_pieces(client: httpx.Client, body: Any) -> None:
    options = {"max_tokens": 6, "stream": True, "stream_options": {"include_usage": True}}
    response = post(client, body(**options))
    assert response.headers["content-type"].startswith("text/event-stream")
    *pieces, usage, done = events(response)
    assert done == "[DONE]"
    assert json.loads(usage)["choices"] == []
    assert json.loads(usage)["usage"]["completion_tokens"] == 6
    choices = [json.loads(piece)["choices"][0] for piece in pieces]
    text = "".join(one.get("text", one.get("delta", {}).get("content", "")) for one in choices)
    assert text == "ababab"
    assert [one["finish_reason"] for one in choices] == [None] * 6 + ["length"]
    assert len({json.loads(piece)["id"] for piece in [*pieces, usage]}) == 1


def test_answers_are_the_same_under_concurrency(client: httpx.Client) -> None:
    bodies = [completion("x" * n, max_tokens=20 + n) for n in (1, 2, 3, 4)]
    alone = [post(client, body).json()["choices"] for body in bodies]
    with ThreadPoolExecutor(2) as clients:
        together = clients.map(lambda body: post(client, body).json()["choices"], bodies * 3)
        assert list(together) == alone * 3


@pytest.mark.parametrize(
    ("body", "status", "param", "code"),
    [
        (completion(model="other"), 404, "model", "model_not_found"),
        (completion(max_tokens=200_000), 400, "prompt", "context_length_exceeded"),
        (chat("x" * 100_001), 400, "messages", "context_length_exceeded"),
        (completion(max_tokens=0), 400, "max_tokens", None),
        (completion(n=2), 400, "n", None),
        (completion(temperature=3), 400, "temperature", None),
        (completion(top_p=0), 400, "top_p", None),
        (completion(best_of=3), 400, "best_of", None),
        (completion(stop=["a"] * 5), 400, None, None),
        (completion(""), 400, "prompt", None),
        (completion("\ud800"), 400, "prompt", None),
        (completion(stop="\ud800"), 400, None, None),
        (completion(model="x" * 65), 400, "model", None),
        (completion(temperature=float("nan")), 400, "temperature", None),
        (completion() | {"x" * 9_000: 1}, 400, "x" * 64, None),
        (completion() | {"\ud800" * 99: 1}, 400, None, None),
        (chat("\ud800"), 400, "messages.0.content", None),
        (chat(messages=[]), 400, "messages", None),
        (chat(messages=[{"role": "root", "content": ""}]), 400, "messages.0.role", None),
    ],
)
def test_what_it_cannot_do_is_refused_by_name(
    client: httpx.Client, body: dict[str, Any], status: int, param: str | None, code: str | None
) -> None:
    response = post(client, body)
    error = response.json()["error"]
    assert response.status_code == status
    assert error["type"] == "invalid_request_error"
    assert error["code"] == code
    assert param is None or error["param"] == param
    assert len(response.content) < 1000


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[]", b'"text"', b"null"])
def test_a_malformed_body_is_an_error_object(client: httpx.Client, content: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    response = client.post("/v1/completions", content=content, headers=headers)
    assert response.status_code == 400
    assert response.json()["error"]["type"] == "invalid_request_error"


def test_an_unknown_path_is_an_error_object(client: httpx.Client) -> None:
    response = client.get("/v1/embeddings")
    assert response.status_code == 404
    assert response.json()["error"]["message"]


def test_the_models_are_listed(client: httpx.Client) -> None:
    listed = client.get("/v1/models").json()
    assert [model["id"] for model in listed["data"]] == ["zen-1"]


def test_hanging_up_frees_the_slot_of_a_stream(slow: httpx.Client) -> None:
    with slow.stream("POST", "/v1/completions", json=completion(**LONG)) as stream:
        next(stream.iter_lines())
        assert has(slow, "llm_slots_busy 1.0")
    wait_until(lambda: has(slow, "llm_slots_busy 0.0"), "the slot is free")


def test_hanging_up_frees_the_slot_of_a_whole_answer(slow: httpx.Client) -> None:
    impatient = httpx.Timeout(patience(60), read=1)
    with pytest.raises(httpx.ReadTimeout):
        slow.post("/v1/completions", json=completion(max_tokens=50_000), timeout=impatient)
    wait_until(lambda: has(slow, "llm_slots_busy 0.0"), "the slot is free")


def test_a_full_queue_is_429_until_someone_leaves(slow: httpx.Client) -> None:
    states = [("slots_busy", 1), ("slots_busy", 2), ("requests_waiting", 1)]
    lines = [f"{name} {count}.0" for name, count in [*states, ("requests_waiting", 2)]]
    with contextlib.ExitStack() as streams:
        for line in lines:
            stream = slow.stream("POST", "/v1/completions", json=completion(**LONG))
            assert streams.enter_context(stream).status_code == 200
            wait_until(partial(has, slow, f"llm_{line}"), line)
        refused = post(slow, completion(max_tokens=1))
        assert refused.status_code == 429
        assert refused.headers["Retry-After"] == "1"
        assert refused.json()["error"]["code"] == "rate_limit_exceeded"
    wait_until(lambda: has(slow, "llm_slots_busy 0.0"), "all have left")
    assert post(slow, completion(max_tokens=1)).status_code == 200


def test_openai_s_client_understands_it(client: httpx.Client) -> None:
    openai = pytest.importorskip("openai")
    api = openai.OpenAI(base_url=str(client.base_url.join("/v1")), api_key=SECRET, max_retries=0)
    stream = api.chat.completions.create(**chat(max_tokens=4), stream=True)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in stream) == "abab"
    with pytest.raises(openai.NotFoundError):
        api.completions.create(**completion(model="other"))


def test_openai_s_client_makes_exceptions_of_the_layer_s_refusals(client: httpx.Client) -> None:
    openai = pytest.importorskip("openai")
    api = openai.OpenAI(base_url=str(client.base_url.join("/v1")), api_key=SECRET, max_retries=0)
    with pytest.raises(openai.APIStatusError) as large:
        api.chat.completions.create(**chat("x" * 200_000))
    stranger = api.with_options(api_key="x" * 32)
    with pytest.raises(openai.AuthenticationError) as unknown:
        stranger.chat.completions.create(**chat())
    with pytest.raises(openai.AuthenticationError):
        stranger.models.list()
    for error, status, text in (
        (large.value, 413, "more than 200000 bytes"),
        (unknown.value, 401, "no valid API key"),
    ):
        assert (error.status_code, error.body) == (status, text)
        assert error.response.headers["content-type"] == "application/problem+json"
        assert error.request_id == error.response.json()["request_id"]


def test_a_stranger_s_body_is_not_read(client: httpx.Client) -> None:
    """The refusal comes before the body that was announced, on unknown paths as well."""
    for path in ("/v1/completions", "/v1/chat/completions", "/openapi.json", "/"):
        with socket.create_connection((client.base_url.host, client.base_url.port)) as opened:
            opened.settimeout(patience(20))
            head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"
            opened.sendall(head.encode())
            answer = opened.recv(65536)
        assert answer.startswith((b"HTTP/1.1 401 ", b"HTTP/1.1 429 "))
        assert b"connection: close" in answer.lower()


def test_a_model_that_fails_asks_to_be_restarted(tmp_path: Path) -> None:
    with serving(tmp_path) as client:
        broken = post(client, completion("!"))
        assert (broken.status_code, broken.json()["error"]["type"]) == (500, "server_error")
        assert client.get("/livez").status_code == client.get("/readyz").status_code == 503
        assert post(client, completion()).json()["cause"] == "failed"


def test_sigterm_ends_streams_at_their_end(tmp_path: Path) -> None:
    """Those that were let in get their text; who comes later is told to go elsewhere."""
    settings = {"PAUSE_S": "0.02", "SERVICE_DRAIN_S": "0.5"}
    with serving(tmp_path, **settings) as client:
        body = completion(max_tokens=50, stream=True)
        with client.stream("POST", "/v1/completions", json=body) as stream:
            lines = stream.iter_lines()
            next(lines)
            [log] = tmp_path.glob("*.log")
            pid = int(log.read_text().partition("server process [")[2].partition("]")[0])
            os.kill(pid, signal.SIGTERM)
            wait_until(lambda: client.get("/readyz").status_code == 503, "it drains")
            late = post(client, completion())
            assert (late.status_code, late.json()["cause"]) == (503, "draining")
            assert late.headers["connection"] == "close"
            assert [*lines][-2:] == ["data: [DONE]", ""]
