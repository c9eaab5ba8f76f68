"""uvicorn --factory recommendation_server:create_app --port 8000"""

import json
import logging
import time
from collections.abc import Callable
from typing import Annotated, Literal

import numpy as np
from fastapi import FastAPI, Request
from prometheus_client import Counter
from pydantic import BaseModel, ConfigDict, Field
from pydantic import PositiveFloat, PositiveInt

from application import application
from artifact import Refused
from batching import DeadlinePassed, ItemFailed, Overloaded
from problems import refusals
from recommender import PREPROCESSING, Question, Recommender
from service import Service, unless_gone
from settings import Settings

log = logging.getLogger("service")
Because = Literal["personal", "stranger", "late", "full", "failed"]
MovieId = Annotated[int, Field(ge=0, lt=2**31)]


class Budget(Settings):
    deadline_s: PositiveFloat = Field(0.1, description="then popularity")
    max_bytes: PositiveInt = Field(20_000, description="of 500 movies")


class Ask(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    user: int = Field(ge=0, lt=2**31)
    top: int = Field(10, ge=1, le=50)
    without: list[MovieId] = Field([], max_length=500)


class Proposal(BaseModel):
    movie: int
    title: str
    match: float | None = Field(description="how near in the towers' space")
    like: float | None = Field(description="probability that it is liked")


class Answer(BaseModel):
    version: str
    because: Because = Field(description="all but `personal` are popularity")
    movies: list[Proposal]


class Recommendations(Service):
    preprocessing = PREPROCESSING
    collate = staticmethod(list)  # questions share no tensor: one by one
    decodes = False

    def load(self) -> Callable[[list[Question]], list[np.ndarray]]:
        folder = self.settings.artifact
        self.recommender = recommender = Recommender(folder)
        golden = json.loads((folder / "golden.json").read_text())
        for _ in range(3):  # the first calls are slow
            question = Question(golden["user"], len(golden["answer"]))
            answer = recommender.personal(question)
        difference = float(np.abs(answer - np.array(golden["answer"])).max())
        if not difference <= self.manifest.tolerances.max_abs:
            raise Refused(f"the golden answer differs by {difference:.1e}")
        return lambda asked: [recommender.personal(q) for q in asked]

    def admit(self) -> None:
        """A full queue is no reason to refuse: popularity needs no queue."""
        self.check_ready()

    async def recommend(
        self, request: Request, recommender: Recommender, question: Question
    ) -> tuple[Because, np.ndarray]:
        """A personal answer, or in time a popular one.

        Args:
            recommender: the one that is served now.
        """
        because: Because = "stranger"
        try:
            if recommender.knows(question.user):
                deadline = time.monotonic() + self.settings.deadline_s
                work = self.queue.submit(lambda: question, deadline)
                return "personal", await unless_gone(request, work)
        except DeadlinePassed:
            because = "late"
        except Overloaded:
            because = "full"
        except ItemFailed as error:
            log.error("the model failed: %s", error)
            because = "failed"
        return because, recommender.reserve(question)


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application, with its settings from the environment."""
    service = Recommendations(settings or Budget())
    app = application(service, "Recommendation")
    answers = Counter(
        "service_answers", "Recommendations by their reason",
        ["because"], registry=service.metrics.registry,
    )  # fmt: skip

    @app.post(
        "/v1/recommend",
        response_model=Answer,
        responses=refusals(400, 401, 408, 413, 422, 429, 503),
    )
    async def recommend(request: Request, ask: Ask) -> Answer:
        """What should this person watch next?"""
        question = Question(ask.user, ask.top, tuple(ask.without))
        manifest, recommender = service.manifest, service.recommender
        because, found = await service.recommend(
            request, recommender, question
        )  # meanwhile another may be loaded
        answers.labels(because).inc()
        state, movies = recommender.state, recommender.movies
        personal = because == "personal"
        return Answer(
            version=manifest.version,
            because=because,
            movies=[
                Proposal(
                    movie=(key := int(state.ids[int(position)])),
                    title=movies[key].title,
                    match=round(match, 3) if personal else None,
                    like=round(like, 3) if personal else None,
                )
                for position, match, like in found
            ],
        )

    return app
