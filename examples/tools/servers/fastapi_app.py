"""FastAPI: uvicorn fastapi_app:app --port 8561"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import FastAPI, Request
from pydantic import BaseModel, Field

from classifier import Classifier


class Picture(BaseModel):
    """Eight rows of eight pixels, one after the other."""

    pixels: Annotated[list[float], Field(min_length=64, max_length=64)]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.classifier = Classifier()
    yield


app = FastAPI(lifespan=lifespan)


@app.post("/predict")
def predict(request: Request, picture: Picture) -> dict[str, int]:
    """Runs in one of 40 threads."""
    return {"digit": request.app.state.classifier([picture.pixels])[0]}


@app.post("/predict-async")
async def predict_async(request: Request, picture: Picture) -> dict[str, int]:
    """Runs in the event loop: nothing else happens meanwhile."""
    return {"digit": request.app.state.classifier([picture.pixels])[0]}
