"""A server of the handbook with a small artifact, and a model that a test can spoil.

`uvicorn --factory faulty:create_app` in the work folder of the server's page. FAULTY_SERVER is the
module whose `create_app` is meant. If there is no artifact, the page's own builder makes one of a
small model. The file `fault` says what the model does from now on:

    hang    waits until the file is gone
    raise   raises an exception
    rows    returns one row fewer than it was given
    none    returns nothing at all
    nan     returns numbers that are none
"""

from __future__ import annotations

import importlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from fastapi import FastAPI

FAULT, FOLDER, BOUND = Path("fault"), Path("artifact"), Path("bound")


def build_photographs() -> None:
    """A network of one layer instead of EfficientNet."""
    import torch
    from torch import nn

    build, build_photos = map(importlib.import_module, ("build", "build_photos"))

    class Small(nn.Module):
        _blocks: tuple[nn.Module, ...] = ()

        def __init__(self) -> None:
            super().__init__()
            torch.manual_seed(0)
            self.layer = nn.Linear(48, 1000)

        def forward(self, pixels: Any) -> Any:
            return self.layer(nn.functional.adaptive_avg_pool2d(pixels, 4).flatten(1))

    def small(weights: Path | None = None) -> nn.Module:
        return Small().eval()

    for module in (build, build_photos):
        setattr(module, "load_network", small)  # noqa: B010 mypy knows no such attribute
    build_photos.build_photos(FOLDER)


def build_images() -> None:
    importlib.import_module("build").build(FOLDER)


def build_texts() -> None:
    from tests.pages.scenarios.small_text_model import build_small

    build_small(FOLDER)


def build_translator() -> None:
    """The page's vocabulary, and a model of one layer that was not trained."""
    import build_translator as builder
    import torch
    from translator import Config, Translator

    weights = Path("weights")
    trained, subwords, sealed = builder.load(weights)
    pairs = builder.load_pairs(weights / "pairs.json")["test"][:2]
    torch.manual_seed(0)
    size = trained.embedding.num_embeddings
    config = Config(size, width=24, heads=2, layers=1, inner=32, longest=builder.LONGEST)
    builder.load = lambda path: (Translator(config).eval(), subwords, sealed)
    builder.load_pairs = lambda path: {"test": pairs}
    builder.score = lambda *given: sealed["test"]
    builder.build(weights, FOLDER)


def build_recommender() -> None:
    """A catalogue that is too small for the builder's own gate."""
    import build_recommender as builder
    import planted

    planted.PEOPLE, planted.MOVIES = 120, 80
    recalls = {"popular": 0.1, "retrieval": 0.2, "both": 0.3}
    builder.evaluate = lambda *given: recalls
    builder.build(None, FOLDER, 30, "1.0.0")


def build_language_model() -> None:
    """Weights that were not trained."""
    import torch
    from small_llm import SmallLLM

    torch.manual_seed(0)
    torch.save(SmallLLM().state_dict(), "small-llm.pt")
    FOLDER.mkdir()  # nothing is in it


BUILDERS: dict[str, Callable[[], None]] = {
    "server": build_images,
    "photo_server": build_photographs,
    "text_server": build_texts,
    "translation_server": build_translator,
    "recommendation_server": build_recommender,
    "llm_server": build_language_model,
}


def spoiled(predict: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The model, which does as the file `fault` says."""

    def predict_or_not(batch: Any) -> Any:
        fault = FAULT.read_text() if FAULT.exists() else ""
        while fault == "hang" and FAULT.exists():
            time.sleep(0.01)
        if fault == "raise":
            raise ValueError("as the test wants it")
        if fault == "none":
            return None
        answers = predict(batch)
        if fault == "rows":
            return answers[:-1]
        if fault == "nan":
            return [np.full_like(answer, np.nan) for answer in answers]
        return answers

    return predict_or_not


def create_app() -> FastAPI:
    """The page's application."""
    name = os.environ["FAULTY_SERVER"]
    if not FOLDER.exists():
        BUILDERS[name]()
    app: FastAPI = importlib.import_module(name).create_app()
    service = app.state.service
    load = service.load
    service.load = lambda: spoiled(load())
    memory = importlib.import_module("memory")
    BOUND.write_text(str(memory.worst_case(service.settings) - memory.PROCESS))
    return app
