"""Serve digits.pt2 over HTTP. Needs the artifact, not the model's class."""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, TypedDict

import torch
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

ARTIFACT = Path(__file__).with_name("digits.pt2")
MAX_BATCH = 64
logger = logging.getLogger("uvicorn.error")

Pixel = Annotated[float, Field(ge=0, le=16, allow_inf_nan=False)]
Image = Annotated[list[Pixel], Field(min_length=64, max_length=64)]


class Question(BaseModel):
    """What a client may send: 1 to 64 images of 64 pixels, row by row."""

    model_config = ConfigDict(strict=True, extra="forbid")

    images: Annotated[list[Image], Field(min_length=1, max_length=MAX_BATCH)]


class Reading(BaseModel):
    """One digit, and the probability that the model gives it."""

    digit: int
    confidence: float


class Answer(BaseModel):
    """One reading for each image, in the order in which they came."""

    readings: list[Reading]


class State(TypedDict):
    """What every request finds in request.state."""

    classify: Callable[[torch.Tensor], torch.Tensor]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[State]:
    """Load and warm up before the first request; say so when we stop."""
    torch.set_num_threads(1)  # requests run side by side already
    classify = torch.export.load(ARTIFACT).module()
    with torch.inference_mode():
        for size in (1, MAX_BATCH):
            classify(torch.zeros(size, 64))
    logger.info("model is warm")
    yield {"classify": classify}
    logger.info("no request left, goodbye")


app = FastAPI(title="Digits", lifespan=lifespan)


@app.get("/readyz")
def ready() -> dict[str, str]:
    """Answer only after lifespan has loaded the model and warmed it up."""
    return {"status": "ready"}


@app.post("/predict")
def predict(question: Question, request: Request) -> Answer:
    """Read a batch of digits."""
    pixels = torch.tensor(question.images, dtype=torch.float32)
    with torch.inference_mode():
        probabilities = request.state.classify(pixels).softmax(dim=1)
    confidences, found = probabilities.max(dim=1)
    return Answer(
        readings=[
            Reading(digit=digit, confidence=confidence)
            for digit, confidence in zip(found.tolist(), confidences.tolist())
        ]
    )


@app.exception_handler(RequestValidationError)
async def explain(
    request: Request, error: RequestValidationError
) -> JSONResponse:
    """Name each wrong field, and do not send its value back."""
    errors = [
        {"field": ".".join(map(str, item["loc"])), "problem": item["msg"]}
        for item in error.errors()
    ]
    return JSONResponse({"errors": errors}, status_code=422)
