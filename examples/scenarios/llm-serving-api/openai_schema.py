"""The part of OpenAI's API that this server speaks."""

import time
import uuid
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

MODEL = "zen-1"
Stop = Annotated[str, Field(min_length=1, max_length=32)]
# a limit also makes Pydantic refuse half a surrogate, which no bytes encode
Text = Annotated[str, Field(max_length=200_000)]


class Strict(BaseModel, extra="forbid"):
    """Refuses fields that it would have to ignore."""


class StreamOptions(Strict):
    include_usage: bool = False


class Options(Strict):
    """What both kinds of request have in common."""

    model: str = Field(max_length=64)
    max_tokens: int | None = Field(None, ge=1)
    temperature: float = Field(1, ge=0, le=2)
    top_p: float = Field(1, gt=0, le=1)
    n: Literal[1] = 1
    seed: int | None = Field(None, ge=0, lt=2**63)
    stop: Stop | Annotated[list[Stop], Field(max_length=4)] | None = None
    stream: bool = False
    stream_options: StreamOptions = StreamOptions()

    def stops(self) -> tuple[str, ...]:
        """Return the stop sequences."""
        if isinstance(self.stop, str):
            return (self.stop,)
        return tuple(self.stop or ())


class Completion(Options):
    prompt: Text = Field(min_length=1)

    def limit(self) -> int | None:
        """Return the most tokens to write."""
        return self.max_tokens or 16  # OpenAI's default


class Message(Strict):
    role: Literal["user", "assistant"]  # the model knows no other
    content: Text


class Chat(Options):
    messages: list[Message] = Field(min_length=1)
    max_completion_tokens: int | None = Field(None, ge=1)

    def limit(self) -> int | None:
        """Return the most tokens to write; None: all there is room for."""
        return self.max_completion_tokens or self.max_tokens


class Reply:
    """Makes the objects of one reply, which share id and time."""

    def __init__(self, chat: bool, prompt_tokens: int) -> None:
        self.chat, self.prompt_tokens = chat, prompt_tokens
        self.id = f"{'chatcmpl' if chat else 'cmpl'}-{uuid.uuid4().hex}"
        self.created = int(time.time())

    def make(self, kind: str, choices: list[dict[str, Any]],
             **more: Any) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created,
                "model": MODEL, "choices": choices} | more

    def usage(self, tokens: int) -> dict[str, int]:
        return {"prompt_tokens": self.prompt_tokens,
                "completion_tokens": tokens,
                "total_tokens": self.prompt_tokens + tokens}

    def whole(self, text: str, finish: str, tokens: int) -> dict[str, Any]:
        """Return the reply to a request without `stream`."""
        message = {"role": "assistant", "content": text}
        choice = {"message": message} if self.chat else {"text": text}
        return self.make(
            "chat.completion" if self.chat else "text_completion",
            [{"index": 0, "finish_reason": finish, "logprobs": None}
             | choice], usage=self.usage(tokens))

    def chunk(self, text: str, finish: str | None,
              first: bool) -> dict[str, Any]:
        """Return one event of a stream."""
        delta = {"role": "assistant"} if first else {}
        delta |= {"content": text} if text or first else {}
        choice: dict[str, Any] = (
            {"delta": delta} if self.chat else {"text": text})
        return self.make(
            "chat.completion.chunk" if self.chat else "text_completion",
            [{"index": 0, "finish_reason": finish, "logprobs": None}
             | choice])

    def last(self, tokens: int) -> dict[str, Any]:
        """Return the event that only counts tokens."""
        return self.make(
            "chat.completion.chunk" if self.chat else "text_completion",
            [], usage=self.usage(tokens))


def error_object(status: int, message: str, param: str | None = None,
                 code: str | None = None) -> dict[str, Any]:
    """Return an error as OpenAI's clients expect it."""
    kind = "server_error" if status >= 500 else "invalid_request_error"
    kind = "rate_limit_error" if status == 429 else kind
    return {"error": {"message": message, "type": kind, "param": param,
                      "code": code}}
