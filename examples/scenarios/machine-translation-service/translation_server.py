"""English to Chinese, streamed.

uvicorn --factory translation_server:create_app
"""

import asyncio
import json
import math
import re
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import StreamingResponse
from prometheus_client import Counter
from pydantic import BaseModel, ConfigDict, Field, PositiveInt
from pydantic import field_validator

from application import application
from catalogues import PLACEHOLDER
from decoding import Greedy, Steps
from exported import Exported
from golden import LONGEST, PREPROCESSING, self_test
from problems import Problem, refusals
from service import Service, explained, unless_gone
from settings import Settings
from subwords import Subwords, mask, unmask
from translator import pad


class TranslationSettings(Settings):
    max_bytes: PositiveInt = 10_000  # of 500 characters


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=500)
    stream: bool = False

    @field_validator("text")
    @classmethod
    def _is_english(cls, text: str) -> str:
        letters = re.findall(r"[^\W\d_]", mask(text)[0])
        if not letters:
            raise ValueError("there is nothing to translate")
        if sum(letter.isascii() for letter in letters) < len(letters) / 2:
            raise ValueError("this is not English")
        return " ".join(text.split())


class Finished(BaseModel):
    finish: Literal["end", "length", "repetition"]
    confidence: float = Field(ge=0, le=1, description="mean of the pieces")
    placeholders_kept: bool
    pieces: int
    model: str
    version: str


class Translation(Finished):
    text: str


@dataclass
class Job:
    """One text on its way through the model."""

    english: str
    source: list[int]
    holders: list[str]
    tell: Callable[[str], None] = lambda text: None
    gone: threading.Event = field(default_factory=threading.Event)
    said: str = ""
    finish: str = "stopped"
    pieces: int = 0

    def hear(self, translation: str) -> None:
        """Pass on what is new; half a character waits for its other half."""
        if not translation.endswith("\ufffd"):
            new = translation[len(self.said) :]
            self.said = translation
            if new:
                self.tell(new)


class TranslationService(Service):
    preprocessing = PREPROCESSING
    collate = staticmethod(list)
    decodes = False  # nothing is decoded but a short text

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        registry = self.metrics.registry
        self.computed = Counter(
            "translation_pieces", "Computed for somebody", registry=registry
        )
        self.finished = Counter(
            "translations", "By how they ended", ["finish"], registry=registry
        )

    def load(self) -> Callable[[Sequence[Job]], np.ndarray]:
        folder = self.settings.artifact
        self.subwords = Subwords.load(folder / "tokenizer.json")
        self.steps: Steps = Exported(folder)
        allowed = self.manifest.tolerances.max_abs
        self_test(self.steps, self.subwords, folder, allowed)
        return self.translate

    def translate(self, jobs: Sequence[Job]) -> np.ndarray:
        """All jobs together, piece by piece; in the inference thread."""
        source = pad([job.source for job in jobs])
        greedy = Greedy(self.steps, source, LONGEST)
        while greedy.step():
            for row, job in enumerate(jobs):
                pieces = greedy.pieces[row]
                if len(pieces) > job.pieces:
                    job.pieces = len(pieces)
                    self.computed.inc()
                    text = self.subwords.decode(pieces)
                    job.hear(unmask(text, job.holders))
                if job.gone.is_set():
                    greedy.done[row] = True
        for job, why in zip(jobs, greedy.why, strict=True):
            job.finish = why
            self.finished.labels(why).inc()
        mean = [log / len(p) for log, p in zip(greedy.logs, greedy.pieces)]
        return np.exp(np.array(mean))

    def job(self, english: str) -> Job:
        masked, holders = mask(english)
        source = self.subwords.encode(masked)
        if len(source) > LONGEST:
            message = f"{len(source)} pieces, and at most {LONGEST}"
            where = {"loc": ["body", "text"], "msg": message, "type": "long"}
            raise RequestValidationError([where])
        return Job(english, source, holders)

    async def parts(self, job: Job) -> AsyncIterator[str | Finished]:
        """New text as it comes, and how it ended.

        Who stops listening stops the computation.
        """
        manifest = self.manifest  # another may be loaded meanwhile
        heard: asyncio.Queue[str | None] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        job.tell = lambda text: loop.call_soon_threadsafe(
            heard.put_nowait, text
        )  # fmt: skip
        deadline = time.monotonic() + self.settings.deadline_s
        work = asyncio.create_task(self.queue.submit(lambda: job, deadline))
        work.add_done_callback(lambda _: heard.put_nowait(None))
        try:
            while (text := await heard.get()) is not None:
                yield text
            with explained():
                confidence = float(work.result())
        finally:
            job.gone.set()
            work.cancel()
        self.metrics.confidence.observe(confidence)
        before, after = map(PLACEHOLDER.findall, (job.english, job.said))
        yield Finished(
            finish=job.finish,
            confidence=min(1.0, confidence),
            placeholders_kept=sorted(before) == sorted(after),
            pieces=job.pieces,
            model=manifest.name,
            version=manifest.version,
        )


def event(part: str | Finished) -> str:
    """One server-sent event."""
    if isinstance(part, Finished):
        return f"event: done\ndata: {part.model_dump_json()}\n\n"
    return f"data: {json.dumps({'text': part}, ensure_ascii=False)}\n\n"


async def whole(parts: AsyncIterator[str | Finished]) -> Translation:
    said = ""
    async for part in parts:
        if isinstance(part, Finished):
            return Translation(text=said, **part.model_dump())
        said += part
    raise RuntimeError("a translation without an end")


async def events(
    first: str | Finished, parts: AsyncIterator[str | Finished]
) -> AsyncIterator[str]:
    yield event(first)
    try:
        async for part in parts:
            yield event(part)
    except Problem as late:  # the status 200 has been sent
        body = {"error": late.detail, "cause": late.cause}
        yield f"event: error\ndata: {json.dumps(body)}\n\n"


def create_app(service: TranslationService | None = None) -> FastAPI:
    """The application, with its settings from the environment."""
    service = service or TranslationService(TranslationSettings())
    app = application(service, "Translation, English to Chinese")

    @app.post(
        "/v1/translate",
        response_model=Translation,
        responses={
            200: {"content": {"text/event-stream": {}}},
            **refusals(400, 401, 408, 413, 422, 429, 500, 503, 504),
        },
    )
    async def translate(
        request: Request, asked: Asked
    ) -> Translation | StreamingResponse:
        """Translate one text; `stream` for pieces as they come."""
        parts = service.parts(service.job(asked.text))
        if not asked.stream:
            return await unless_gone(request, whole(parts))
        first = await unless_gone(request, anext(parts))
        return StreamingResponse(
            events(first, parts),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    return app
