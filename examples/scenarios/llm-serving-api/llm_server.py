"""Serve the small model: uvicorn --factory llm_server:create_app"""

import asyncio
import contextlib
import json
import logging
import random
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import torch
from application import short
from edge import Accounting, Guard
from engine import Engine, QueueFull, Request
from fastapi import FastAPI
from fastapi import Request as HTTPRequest
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response, StreamingResponse
from lifecycle import draining_on_sigterm
from openai_schema import MODEL, Chat, Completion, Reply, error_object
from problems import Problem
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge
from prometheus_client import generate_latest
from pydantic import NonNegativeFloat, PositiveInt
from service import Service
from settings import Settings
from small_llm import ASSISTANT, END, USER, SmallLLM, encode
from starlette.exceptions import HTTPException
from telemetry import configure_logs

FREE = {"/livez", "/readyz", "/metrics"}  # no key, and no body
Parts = asyncio.Queue[tuple[str, str | None]]
log = logging.getLogger("service")


class LLMSettings(Settings):
    """From the environment: SERVICE_SLOTS, SERVICE_API_KEYS and so on."""

    weights: Path = Path("small-llm.pt")
    slots: PositiveInt = 4
    queue_limit: PositiveInt = 8
    threads: PositiveInt = 1
    pause_s: NonNegativeFloat = 0
    max_bytes: PositiveInt = 200_000  # of one request


class Failure(Exception):
    """Ends a request with an error object."""

    def __init__(self, status: int, message: str, param: str | None = None,
                 code: str | None = None) -> None:
        self.status = status
        self.content = error_object(status, message, param, code)


def chat_tokens(chat: Chat) -> list[int]:
    """Return the frame of a chat: no text of a user can contain it."""
    tokens: list[int] = []
    for message in chat.messages:
        if message.role == "user":
            tokens += [USER, *encode(message.content)]
        else:
            tokens += [ASSISTANT, *encode(message.content), END]
    return [*tokens, ASSISTANT]


class CancellingStream(StreamingResponse):
    """Cancels the work however the response ends."""

    def __init__(self, events: AsyncIterator[str],
                 cancel: Callable[[], None]) -> None:
        super().__init__(events, media_type="text/event-stream",
                         headers={"X-Accel-Buffering": "no"})
        self.cancel = cancel

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self.cancel()


class LLMService(Service):
    """Connects the event loop of the server with the engine's thread.

    Keys, limits and metrics are the reference service's, for its layer;
    the engine takes the place of its queue.
    """

    def __init__(self, settings: LLMSettings, engine: Engine) -> None:
        super().__init__(settings)
        self.engine = engine
        registry = self.metrics.registry
        self.finished = Counter("llm_requests", "By how they ended",
                                ["finish"], registry=registry)
        for name, value in (
            ("llm_slots_busy", lambda: len(engine.busy())),
            ("llm_requests_waiting", lambda: len(engine.waiting)),
            ("llm_decode_steps", lambda: engine.steps),
        ):
            Gauge(name, "Of the engine", registry=registry
                  ).set_function(value)
        self.metrics.inside.set_function(
            lambda: len(engine.busy()) + len(engine.waiting))

    @property
    def alive(self) -> bool:
        return self.engine.failure is None

    def check_ready(self) -> None:
        """Raise a `Problem` unless an answer can be expected."""
        if not self.alive:
            raise Problem(503, "failed", "the model has failed")
        if self.phase != "ready":
            text = f"the service is {self.phase}"
            after = self.settings.drain_s + 1
            raise Problem(503, self.phase, text, after)

    def admit(self) -> None:
        """Before the body; a full queue is for `submit` to refuse."""
        self.check_ready()

    def submit(self, body: Chat | Completion) -> tuple[Request, Parts]:
        """Queue a request; its text arrives in the returned queue."""
        if body.model != MODEL:
            raise Failure(404, f"There is no model {body.model!r}.", "model",
                          "model_not_found")
        prompt = (chat_tokens(body) if isinstance(body, Chat)
                  else encode(body.prompt))
        room = self.engine.model.limit - len(prompt)
        seed = random.getrandbits(63) if body.seed is None else body.seed
        parts: Parts = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def arrive(text: str, finish: str | None) -> None:
            if finish:
                self.finished.labels(finish).inc()
            parts.put_nowait((text, finish))

        request = Request(
            prompt, body.limit() or max(room, 1), body.temperature,
            body.top_p, seed, body.stops(),
            on_text=lambda text, finish: loop.call_soon_threadsafe(
                arrive, text, finish))
        if self.engine.failure:
            raise Failure(503, "The model has failed.")
        try:
            self.engine.submit(request)
        except ValueError as error:
            raise Failure(400, str(error),
                          "messages" if isinstance(body, Chat) else "prompt",
                          "context_length_exceeded") from error
        except QueueFull as error:
            raise Failure(429, f"Try again later: {error}.",
                          code="rate_limit_exceeded") from error
        return request, parts

    async def answer(self, body: Chat | Completion,
                     http: HTTPRequest) -> Response:
        """Answer a request, as a stream or as a whole."""
        request, parts = self.submit(body)
        reply = Reply(isinstance(body, Chat), len(request.prompt))
        if body.stream:
            usage = body.stream_options.include_usage
            return CancellingStream(
                self.events(request, parts, reply, usage),
                lambda: self.engine.cancel(request))
        end = asyncio.create_task(ended(parts))
        gone = asyncio.create_task(disconnected(http))
        try:
            await asyncio.wait({end, gone},
                               return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
            self.engine.cancel(request)  # if it has not ended
        finish = await end
        if finish == "error":
            raise Failure(500, "The model has failed.")
        return JSONResponse(
            reply.whole(request.text, finish, len(request.made)))

    async def events(self, request: Request, parts: Parts, reply: Reply,
                     usage: bool) -> AsyncIterator[str]:
        """Yield server-sent events, one for each piece of text."""
        first, finish = True, None
        while finish is None:
            text, finish = await parts.get()
            if finish == "error":
                yield event(error_object(500, "The model has failed."))
                return
            if text or first:
                yield event(reply.chunk(text, None, first))
                first = False
        yield event(reply.chunk("", finish, first=False))
        if usage:
            yield event(reply.last(len(request.made)))
        yield "data: [DONE]\n\n"


def event(content: dict[str, Any]) -> str:
    """Return a server-sent event."""
    return f"data: {json.dumps(content, ensure_ascii=False)}\n\n"


async def ended(parts: Parts) -> str:
    """Return how a sequence ended, when it has."""
    while True:
        _, finish = await parts.get()
        if finish:
            return finish


async def disconnected(http: HTTPRequest) -> None:
    """Return when the client has hung up."""
    while (await http.receive())["type"] != "http.disconnect":
        pass


def create_app(engine: Engine | None = None) -> FastAPI:
    """Return the application."""
    settings = LLMSettings()
    torch.set_num_threads(settings.threads)
    if engine is None:
        model = SmallLLM()
        model.load_state_dict(torch.load(settings.weights))
        engine = Engine(model.eval().requires_grad_(False), settings.slots,
                        settings.queue_limit, settings.pause_s)
    service = LLMService(settings, engine)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        configure_logs()
        thread = threading.Thread(target=engine.run, name="engine")
        thread.start()
        service.phase = "ready"
        log.info("ready")
        with draining_on_sigterm(service):
            yield
        engine.close()
        await asyncio.to_thread(thread.join)

    app = FastAPI(title="A small LLM", lifespan=lifespan, openapi_url=None)
    app.state.service = service
    app.add_middleware(Guard, service=service, free=FREE)
    app.add_middleware(Accounting, service=service)  # outermost

    @app.post("/v1/chat/completions")
    async def chat(body: Chat, http: HTTPRequest) -> Response:
        return await service.answer(body, http)

    @app.post("/v1/completions")
    async def complete(body: Completion, http: HTTPRequest) -> Response:
        return await service.answer(body, http)

    @app.get("/v1/models")
    async def models() -> dict[str, Any]:
        model = {"id": MODEL, "object": "model", "created": 0,
                 "owned_by": "handbook"}
        return {"object": "list", "data": [model]}

    @app.get("/livez")
    async def live() -> dict[str, str]:
        if not service.alive:
            raise Problem(503, "failed", "restart this process")
        return {"status": "alive"}

    @app.get("/readyz")
    async def ready() -> dict[str, str]:
        service.check_ready()
        return {"status": "ready"}

    @app.get("/metrics")
    async def metrics() -> Response:
        text = generate_latest(service.metrics.registry)
        return Response(text, media_type=CONTENT_TYPE_LATEST)

    @app.exception_handler(Problem)
    async def problem(http: HTTPRequest, error: Problem) -> Response:
        return error.response()

    @app.exception_handler(Failure)
    async def fail(http: HTTPRequest, error: Failure) -> Response:
        headers = {"Retry-After": "1"} if error.status == 429 else None
        return JSONResponse(error.content, error.status, headers)

    @app.exception_handler(RequestValidationError)
    async def refuse(http: HTTPRequest,
                     error: RequestValidationError) -> Response:
        first = error.errors()[0]
        if first["type"] == "json_invalid":
            return JSONResponse(
                error_object(400, "The body is not valid JSON."), 400)
        param = ".".join(map(str, short(first["loc"][1:]))) or None
        message = f"{param or 'body'}: {first['msg']}"
        return JSONResponse(error_object(400, message, param), 400)

    @app.exception_handler(HTTPException)
    async def other(http: HTTPRequest, error: HTTPException) -> Response:
        return JSONResponse(error_object(error.status_code, error.detail),
                            error.status_code, error.headers)

    return app
