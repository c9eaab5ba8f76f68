"""An untrained model behind the page's server: it writes "ab" for ever, one token per step.

A prompt with an exclamation mark breaks it, and with it the engine.
"""

from __future__ import annotations

import os

import torch
from engine import Engine
from fastapi import FastAPI
from llm_server import create_app as create
from small_llm import SmallLLM


class Endless(SmallLLM):  # type: ignore[misc]
    """After an a comes a b, and after anything else an a."""

    def forward(self, tokens: torch.Tensor, *rest: object, **options: object) -> torch.Tensor:
        if (tokens == ord("!")).any():
            raise ValueError("as the test wants it")
        following = torch.where(tokens == ord("a"), ord("b"), ord("a"))
        return torch.nn.functional.one_hot(following, 259).float()


def create_app() -> FastAPI:
    pause_s = float(os.environ.get("PAUSE_S", "0"))
    app: FastAPI = create(Engine(Endless(limit=60_000), slots=2, queue_limit=2, pause_s=pause_s))
    return app
