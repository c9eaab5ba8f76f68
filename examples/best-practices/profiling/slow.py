"""The service with a fault planted in it: decode, model or lookup."""

import os
import time
from typing import Any

import numpy as np
import torch
from fastapi import FastAPI
from PIL import Image
from starlette.types import ASGIApp, Receive, Scope, Send

import server
import service
from decoders import Job
from model import Predict, open_model
from settings import Settings

LANCZOS = Image.Resampling.LANCZOS
planted = os.environ.get("PLANTED", "")  # may change while it runs


decode = service.Service.decode


def decode_twice(
    self: service.Service, job: Job, data: bytes, **options: Any
) -> tuple[np.ndarray, str]:
    """Somebody enlarges the picture first, "for quality"."""
    image, note = decode(self, job, data, **options)
    if planted == "decode":
        large = Image.fromarray(image).resize((3000, 3000), LANCZOS)
        image = np.array(large.resize((224, 224), LANCZOS))
    return image, note


def open_checked(*arguments: object) -> Predict:
    """Somebody left a check of the pictures' rank in the model's call."""
    predict = open_model(*arguments)

    def checked(images: np.ndarray) -> np.ndarray:
        if planted == "model":
            pixels = torch.from_numpy(images).flatten(2).double()
            for _ in range(10):
                torch.linalg.svdvals(pixels)
        return predict(images)

    return checked


class Lookup:
    """Somebody asks another system, without `await`, on each request."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if planted == "lookup" and scope.get("method") == "POST":
            self.lookup()
        await self.app(scope, receive, send)

    def lookup(self) -> None:
        time.sleep(0.5)


def create_app(settings: Settings | None = None) -> FastAPI:
    service.Service.decode = decode_twice
    service.open_model = open_checked
    app = server.create_app(settings)
    app.add_middleware(Lookup)
    return app
