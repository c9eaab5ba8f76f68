"""A model service whose inputs are texts of any length."""

import json
from collections.abc import Callable
from typing import Annotated

import numpy as np
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, PositiveInt
from pydantic import ValidationError

from model import Predict, open_model
from problems import Problem
from service import Service
from settings import Settings
from text_model import self_test
from wordpieces import BUCKETS, MAX_TOKENS, PAD, PREPROCESSING, START
from wordpieces import BadText, Policy, Wordpieces, bucket, pad

MAX_CHARACTERS, MAX_TEXTS = 10_000, 16
Text = Annotated[str, Field(max_length=MAX_CHARACTERS)]


class TextSettings(Settings):
    # JSON may need twelve bytes for a character: two escapes of six
    max_bytes: PositiveInt = 12 * MAX_TEXTS * MAX_CHARACTERS + 1000


class Texts(BaseModel):
    """What clients send."""

    model_config = ConfigDict(extra="forbid")

    texts: list[Text] = Field(min_length=1, max_length=MAX_TEXTS)
    truncation: Policy = "refuse"


class InvalidText(Exception):
    """A text that gets no answer, and which one it is."""

    def __init__(self, number: int, reason: BadText) -> None:
        super().__init__(str(reason))
        self.number, self.kind = number, reason.kind


class TextService(Service):
    """Tokenizes beside the model, and pads only among neighbors."""

    preprocessing = PREPROCESSING
    collate = staticmethod(pad)
    decodes = False  # tokenizing is bounded by the length of a text

    def load(self) -> Predict:
        folder = self.settings.artifact
        program = open_model(folder, self.manifest.export.format)
        self.wordpieces = Wordpieces(folder)
        self_test(program, folder, self.manifest.tolerances.max_abs)
        for length in BUCKETS:  # the first run of a shape is slow
            program(np.full((self.settings.max_batch, length), START))
        return lambda batch: by_length(program, batch)

    async def texts(self, request: Request) -> Texts:
        """The body, within its limits on bytes, time and content."""
        media_type = request.headers.get("content-type", "").partition(";")[0]
        if media_type.strip().lower() != "application/json":
            raise Problem(415, "media_type", "send application/json")
        body = await request.body()
        try:
            return Texts.model_validate_json(body)
        except ValidationError as error:
            problems = error.errors(include_input=False, include_url=False)
            raise RequestValidationError([
                problem | {"loc": ("body", *problem["loc"])}
                for problem in problems
            ]) from None  # fmt: skip

    async def classify(
        self, request: Request, asked: Texts
    ) -> tuple[np.ndarray, list[int]]:
        """Probabilities [texts, labels], and the tokens that were read."""
        read = [0] * len(asked.texts)

        def item(number: int, text: str) -> Callable[[], np.ndarray]:
            def encode() -> np.ndarray:
                try:
                    ids = self.wordpieces.encode(text, asked.truncation)
                except BadText as reason:
                    raise InvalidText(number, reason) from None
                read[number] = len(ids)
                return ids

            return encode

        items = [item(n, text) for n, text in enumerate(asked.texts)]
        try:
            return await self.predict(request, *items), read
        except InvalidText as error:
            raise RequestValidationError([{
                "loc": ("body", "texts", error.number),
                "msg": str(error),
                "type": error.kind,
            }]) from None  # fmt: skip


def by_length(program: Predict, batch: np.ndarray) -> np.ndarray:
    """Answers [batch, labels]; short texts are not computed as long ones."""
    lengths = (batch != PAD).sum(1)
    widths = np.array([bucket(length) for length in lengths])
    answers: dict[int, np.ndarray] = {}
    for width in np.unique(widths):
        rows = np.flatnonzero(widths == width)
        found = program(np.ascontiguousarray(batch[rows, :width]))
        answers |= dict(zip(rows.tolist(), found, strict=True))
    return np.stack([answers[row] for row in range(len(batch))])
