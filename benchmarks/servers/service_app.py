"""The digits in the reference service:

uvicorn --factory service_app:create_app --port 8562
"""

from typing import Annotated

import numpy as np
import torch
from application import application
from classifier import Classifier
from fastapi import FastAPI, Request
from model import Predict
from pydantic import BaseModel, Field
from service import Service
from settings import Settings


class Picture(BaseModel):
    pixels: Annotated[list[float], Field(min_length=64, max_length=64)]


class Digits(Service):
    """Its queue, deadlines, refusals, metrics and logs, with another model."""

    decodes = False

    def verify(self) -> None:  # this benchmark has no artifact to check
        pass

    def load(self) -> Predict:
        program = Classifier().program
        torch.set_num_threads(self.settings.threads)

        def predict(rows: np.ndarray) -> np.ndarray:
            with torch.inference_mode():
                return program(torch.from_numpy(rows)).softmax(1).numpy()

        return predict


def create_app() -> FastAPI:
    service = Digits(Settings())
    app = application(service, "Digits")

    @app.post("/predict")
    async def predict(request: Request, picture: Picture) -> dict[str, int]:
        def pixels() -> np.ndarray:
            return np.array(picture.pixels, np.float32)

        [answer] = await service.predict(request, pixels)
        return {"digit": int(answer.argmax())}

    return app
