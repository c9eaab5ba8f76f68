"""Continuous batching: sequences join and leave the batch at each step."""

import codecs
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from small_llm import SmallLLM
from torch import Tensor


class QueueFull(Exception):
    """Too many requests wait already."""


class TextStream:
    """Turns bytes into text that may be sent, up to a stop sequence."""

    def __init__(self, stop: tuple[str, ...] = ()) -> None:
        self.stop = [text.encode() for text in stop]
        self.utf8 = codecs.getincrementaldecoder("utf-8")("replace")
        self.held = b""  # may be the beginning of a stop sequence
        self.stopped = False

    def push(self, token: int) -> str:
        """Return what can be sent after one more byte."""
        held = self.held + bytes([token])
        for stop in self.stop:
            if held.endswith(stop):
                self.stopped, self.held = True, b""
                return self.utf8.decode(held[:-len(stop)], final=True)
        keep = max((size for stop in self.stop for size in range(len(stop))
                    if held.endswith(stop[:size])), default=0)
        ready = len(held) - keep
        self.held = held[ready:]
        return self.utf8.decode(held[:ready])

    def flush(self) -> str:
        """Return what was held back, when no more bytes come."""
        held, self.held = self.held, b""
        return self.utf8.decode(held, final=True)


@dataclass(eq=False)
class Request:
    """One sequence: what is asked for, and what was written.

    Args:
        on_text: called in the engine's thread with new text and, at the
            end, "stop", "length", "cancelled" or "error"; else None.
    """

    prompt: list[int]
    max_tokens: int
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0
    stop: tuple[str, ...] = ()
    on_text: Callable[[str, str | None], None] = lambda text, finish: None
    made: list[int] = field(default_factory=list)
    text: str = ""
    finish: str | None = None
    cancelled: bool = False

    def __post_init__(self) -> None:
        self.stream = TextStream(self.stop)
        self.random = torch.Generator().manual_seed(self.seed)

    def take(self, token: int) -> None:
        """Add a token; this may end the sequence."""
        finish, text = None, ""
        if token >= 256:  # the END, or a token of the chat's frame
            finish = "stop"
        else:
            self.made.append(token)
            text = self.stream.push(token)
            if self.stream.stopped:
                finish = "stop"
            elif len(self.made) == self.max_tokens:
                finish = "length"
        self.say(text + (self.stream.flush() if finish else ""), finish)

    def say(self, text: str, finish: str | None) -> None:
        """Pass text on, and how the sequence ended."""
        self.text += text
        self.finish = finish
        if text or finish:
            self.on_text(text, finish)


def choose(logits: Tensor, request: Request) -> int:
    """Return the next token of a request from its logits [vocabulary]."""
    if request.temperature == 0:
        return int(logits.argmax())
    chances = (logits.double() / request.temperature).softmax(0)
    ordered, tokens = chances.sort(descending=True)
    before = ordered.cumsum(0) - ordered
    chances[tokens[before >= request.top_p]] = 0  # keep the likeliest
    return int(torch.multinomial(chances, 1, generator=request.random))


class Engine:
    """A batch with a fixed number of slots, and a queue before it.

    Args:
        slots: sequences that are written at the same time.
        queue_limit: requests that may wait for a slot.
        pause_s: added to each step, to watch a small model work.
    """

    def __init__(self, model: SmallLLM, slots: int = 4,
                 queue_limit: int = 16, pause_s: float = 0) -> None:
        self.model, self.pause_s = model, pause_s
        self.cache = model.new_cache(slots)
        self.slots: list[Request | None] = [None] * slots
        self.waiting: deque[Request] = deque()
        self.queue_limit = queue_limit
        self.steps = self.prompts = 0  # passes of the model
        self.lock, self.wake = threading.Lock(), threading.Event()
        self.closed = False
        self.failure: Exception | None = None

    def submit(self, request: Request) -> None:
        """Put a request into the queue.

        Raises:
            ValueError: if it could outgrow a slot.
            QueueFull: if too many wait already.
        """
        tokens = len(request.prompt) + request.max_tokens
        if tokens > self.model.limit:
            raise ValueError(
                f"{len(request.prompt)} tokens of prompt and up to "
                f"{request.max_tokens} of answer, and a slot of the cache "
                f"holds {self.model.limit}")
        with self.lock:
            if len(self.waiting) >= self.queue_limit:
                raise QueueFull(f"{len(self.waiting)} requests wait already")
            self.waiting.append(request)
        self.wake.set()

    def cancel(self, request: Request) -> None:
        """Stop working for a request, wherever it is."""
        if request.finish:
            return
        request.cancelled = True
        with self.lock:
            if request in self.waiting:
                self.waiting.remove(request)
                request.say("", "cancelled")
        self.wake.set()

    def busy(self) -> list[tuple[int, Request]]:
        """Return the slots in use and their requests."""
        return [(number, request)
                for number, request in enumerate(self.slots) if request]

    def step(self) -> bool:
        """Retire, admit, and write one token for each; False when idle."""
        for number, request in self.busy():
            if request.cancelled:
                request.say("", "cancelled")
                self.slots[number] = None
        self.admit()
        if not self.busy():
            return False
        self.decode()
        return True

    @torch.inference_mode()
    def admit(self) -> None:
        """Give free slots to waiting requests, and read their prompts."""
        for number, occupant in enumerate(self.slots):
            if occupant is None:
                with self.lock:
                    if not self.waiting:
                        return
                    request = self.slots[number] = self.waiting.popleft()
                logits = self.model(torch.tensor([request.prompt]),
                                    cache=self.cache.slot(number))
                self.prompts += 1
                self.take(number, request, logits[0, -1])

    @torch.inference_mode()
    def decode(self) -> None:
        """Write one token for each busy slot, in one pass."""
        tokens = torch.zeros(len(self.slots), 1, dtype=torch.long)
        places = torch.zeros_like(tokens)  # idle slots: result unused
        for number, request in self.busy():
            tokens[number] = request.made[-1]
            places[number] = len(request.prompt) + len(request.made) - 1
        logits = self.model(tokens, places, self.cache)
        self.steps += 1
        for number, request in self.busy():
            self.take(number, request, logits[number, -1])
        time.sleep(self.pause_s)

    def take(self, number: int, request: Request, logits: Tensor) -> None:
        """Choose a token, and free the slot if it was the last."""
        request.take(choose(logits, request))
        if request.finish:
            self.slots[number] = None

    def run(self) -> None:
        """Work until closed; the loop of the engine's own thread."""
        try:
            while not self.closed:
                if not self.step():
                    self.wake.wait()
                    self.wake.clear()
        except Exception as error:  # no request may wait for a dead engine
            self.failure = error
        with self.lock:
            self.closed, self.queue_limit = True, 0
            rest = [*self.waiting, *(one for _, one in self.busy())]
            self.waiting.clear()
            self.slots = [None] * len(self.slots)
        for request in rest:
            request.say("", "error" if self.failure else "cancelled")

    def close(self) -> None:
        """Let `run` return after the step that it is in."""
        self.closed = True
        self.wake.set()
