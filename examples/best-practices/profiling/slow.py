"""The service with a fault planted in it: decode, model or lookup."""

import os
import time

import numpy as np
import torch
from fastapi import FastAPI
from PIL import Image
from starlette.types import ASGIApp, Receive, Scope, Send

import server
import service
from imaging import prepare
from model import Predict, open_model

LANCZOS = Image.Resampling.LANCZOS


def prepare_twice(data: bytes, max_pixels: int) -> np.ndarray:
    """Somebody enlarges the picture first, "for quality"."""
    image = prepare(data, max_pixels)
    large = Image.fromarray(image).resize((6000, 6000), LANCZOS)
    return np.array(large.resize((224, 224), LANCZOS))


def open_checked(*arguments: object) -> Predict:
    """Somebody left a check of the pictures' rank in the model's call."""
    predict = open_model(*arguments)

    def checked(images: np.ndarray) -> np.ndarray:
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
        if scope["type"] == "http" and scope["method"] == "POST":
            self.lookup()
        await self.app(scope, receive, send)

    def lookup(self) -> None:
        time.sleep(0.3)


def create_app() -> FastAPI:
    fault = os.environ.get("PLANTED", "")
    server.prepare = prepare_twice if fault == "decode" else prepare
    service.open_model = open_checked if fault == "model" else open_model
    app = server.create_app()
    if fault == "lookup":
        app.add_middleware(Lookup)
    return app
