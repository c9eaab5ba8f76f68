"""Serve model.pt2: four numbers a row, 1 to 64 rows a request."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import torch
from fastapi import FastAPI, Request
from pydantic import BaseModel, Field

Number = Annotated[float, Field(allow_inf_nan=False)]
Row = Annotated[list[Number], Field(min_length=4, max_length=4)]


class Question(BaseModel):
    rows: Annotated[list[Row], Field(min_length=1, max_length=64)]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict]:
    model = torch.export.load("model.pt2").module()
    with torch.inference_mode():
        for rows in (1, 64):
            model(torch.zeros(rows, 4))
    yield {"model": model}


app = FastAPI(lifespan=lifespan)


@app.get("/ready")
async def ready() -> str:
    return "ready"


@app.post("/predict")
def predict(question: Question, request: Request) -> dict[str, list[int]]:
    batch = torch.tensor(question.rows)
    with torch.inference_mode():
        logits = request.state.model(batch)
    return {"labels": logits.argmax(1).tolist()}
