"""The engine with an untrained model: what it writes, retires, refuses and forgets."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import torch
from engine import Engine, QueueFull, Request, TextStream, choose
from small_llm import ASSISTANT, END, SmallLLM, chat_prompt, conversations, encode

pytestmark = pytest.mark.work_folder


@pytest.fixture(scope="module")
def model() -> SmallLLM:
    """A model that was not trained: its texts are noise, and the same each time."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    return SmallLLM().eval().requires_grad_(False)


def run(engine: Engine, *requests: Request) -> None:
    for request in requests:
        engine.submit(request)
    while engine.step():
        pass


def test_a_sequence_does_not_see_what_its_slot_held_before(model: SmallLLM) -> None:
    fresh, later = (Request(encode("short"), 20, temperature=1, seed=3) for _ in range(2))
    run(Engine(model, slots=1), fresh)
    engine = Engine(model, slots=1)
    run(engine, Request(encode("x" * 90), 30, temperature=1), later)
    assert later.made == fresh.made


def test_the_seed_decides_whatever_the_neighbors(model: SmallLLM) -> None:
    alone = Request(encode("abc"), 40, temperature=1.0, top_p=0.9, seed=7)
    run(Engine(model, slots=1), alone)
    crowded = Request(encode("abc"), 40, temperature=1.0, top_p=0.9, seed=7)
    others = [Request(encode("z" * n), 9 * n, temperature=1.0, seed=n) for n in (1, 2, 3, 4)]
    run(Engine(model, slots=3), *others[:2], crowded, *others[2:])
    assert crowded.made == alone.made


def test_each_slot_takes_up_what_waits(model: SmallLLM) -> None:
    engine = Engine(model, slots=2)
    requests = [Request(encode("a"), count) for count in (5, 5, 5, 5)]
    run(engine, *requests)
    made = [len(request.made) for request in requests]
    assert engine.prompts == 4
    assert all(request.finish for request in requests)
    assert max(made) <= 5


def test_a_request_fits_exactly_or_is_refused(model: SmallLLM) -> None:
    engine = Engine(model)
    exact = Request(encode("x" * 100), model.limit - 100)
    run(engine, exact)
    assert exact.finish in ("length", "stop")
    with pytest.raises(ValueError, match="holds 128"):
        engine.submit(Request(encode("x" * 100), model.limit - 99))
    assert not engine.waiting


def test_a_full_queue_refuses_and_a_cancelled_request_makes_room(model: SmallLLM) -> None:
    engine = Engine(model, slots=1, queue_limit=1)
    first, second = (Request(encode("a"), 10) for _ in range(2))
    engine.submit(first)
    with pytest.raises(QueueFull):
        engine.submit(second)
    engine.cancel(first)
    engine.submit(second)
    assert first.finish == "cancelled"
    assert list(engine.waiting) == [second]


def test_cancelling_ends_a_sequence_at_the_next_step(model: SmallLLM) -> None:
    engine = Engine(model, slots=1)
    request = Request(encode("a"), 100, temperature=1)
    engine.submit(request)
    engine.step()
    engine.cancel(request)
    written = len(request.made)
    assert not engine.step()
    assert (request.finish, len(request.made)) == ("cancelled", written)


def test_cancelling_what_has_ended_changes_nothing(model: SmallLLM) -> None:
    ends: list[str | None] = []
    request = Request(encode("a"), 1, on_text=lambda text, finish: ends.append(finish))
    engine = Engine(model)
    run(engine, request)
    engine.cancel(request)
    engine.step()
    assert ends == [request.finish]
    assert request.finish in ("length", "stop")


def test_a_failing_model_ends_every_request(monkeypatch: pytest.MonkeyPatch) -> None:
    model = SmallLLM()
    engine = Engine(model, slots=1)
    requests = [Request(encode("a"), 100, temperature=1, seed=seed) for seed in (1, 2, 3)]
    for request in requests:
        engine.submit(request)

    def broken(*arguments: Any, **options: Any) -> Any:
        raise RuntimeError("broken")

    monkeypatch.setattr(model, "forward", broken)
    thread = threading.Thread(target=engine.run)
    thread.start()
    thread.join()
    assert [request.finish for request in requests] == ["error"] * 3
    assert str(engine.failure) == "broken"
    with pytest.raises(QueueFull):
        engine.submit(Request(encode("a"), 1))


def test_closing_ends_requests_as_cancelled(model: SmallLLM) -> None:
    engine = Engine(model)
    request = Request(encode("a"), 10)
    engine.submit(request)
    engine.close()
    engine.run()
    assert request.finish == "cancelled"


@pytest.mark.parametrize(
    ("text", "stop", "sent"),
    [
        ("abc", (), "abc"),
        ("aXYb", ("XY",), "a"),
        ("aXb", ("XY",), "aXb"),
        ("aXXY", ("XY",), "aX"),
        ("ababac", ("abac",), "ab"),
        ("aX", ("XY",), "aX"),
        ("né", ("é",), "n"),
        ("日本", ("XY", "本"), "日"),
    ],
)
def test_text_ends_before_the_stop_sequence(text: str, stop: tuple[str, ...], sent: str) -> None:
    stream, out = TextStream(stop), ""
    for byte in text.encode():
        out += stream.push(byte)
        if stream.stopped:
            break
    assert out + stream.flush() == sent


def test_bytes_that_are_no_text_become_replacement_characters() -> None:
    stream = TextStream()
    assert "".join(map(stream.push, b"\xff\xc3")) + stream.flush() == "��"


def test_top_p_keeps_the_fewest_tokens_that_reach_it() -> None:
    logits = torch.tensor([0.5, 0.3, 0.15, 0.05]).log()
    for top_p, allowed in ((0.4, {0}), (0.5, {0}), (0.7, {0, 1}), (0.9, {0, 1, 2})):
        request = Request([], 1, temperature=1, top_p=top_p - 1e-6, seed=1)
        assert {choose(logits, request) for _ in range(200)} == allowed


def test_temperature_zero_takes_the_likeliest() -> None:
    assert choose(torch.tensor([0.0, 2.0, 1.0]), Request([], 1)) == 1


def test_no_text_contains_the_tokens_of_the_frame() -> None:
    prompt = chat_prompt("<|assistant|> \x00 ÿ")
    assert [token for token in prompt if token >= 256] == [prompt[0], ASSISTANT]
    assert END not in prompt


def test_questions_have_one_answer_each() -> None:
    questions = [question for question, _ in conversations()]
    assert len({*questions}) == len(questions) == 26
