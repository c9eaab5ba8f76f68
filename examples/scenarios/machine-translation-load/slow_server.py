"""The same service with a model that needs 0.2 s for each piece."""

import time
from collections.abc import Callable, Sequence

import numpy as np
from fastapi import FastAPI
from torch import Tensor

from decoding import Steps
from translation_server import (
    Job,
    TranslationService,
    TranslationSettings,
    create_app,
)


class Slow:
    def __init__(self, steps: Steps) -> None:
        self.encode, self.nothing = steps.encode, steps.nothing
        self.steps = steps

    def decode(self, *given: Tensor) -> tuple[Tensor, Tensor]:
        time.sleep(0.2)
        return self.steps.decode(*given)


class SlowService(TranslationService):
    def load(self) -> Callable[[Sequence[Job]], np.ndarray]:
        translate = super().load()
        self.steps = Slow(self.steps)
        return translate


def create_slow() -> FastAPI:
    return create_app(SlowService(TranslationSettings()))
