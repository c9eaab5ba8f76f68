"""Where is a text from? uvicorn --factory text_server:create_app"""

from fastapi import FastAPI, Request
from pydantic import BaseModel, Field

from application import application
from problems import refusals
from settings import Settings
from text_service import Texts, TextService, TextSettings


class Label(BaseModel):
    label: str
    probability: float = Field(ge=0, le=1)
    tokens: int = Field(description="how much of the text was read")


class Answer(BaseModel):
    model: str
    version: str
    answers: list[Label]


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application, with its settings from the environment."""
    service = TextService(settings or TextSettings())
    app = application(service, "Text classification")
    schema = {"schema": Texts.model_json_schema()}

    @app.post(
        "/v1/classify",
        response_model=Answer,
        responses=refusals(401, 408, 413, 415, 422, 429, 500, 503, 504),
        openapi_extra={"requestBody": {
            "required": True, "content": {"application/json": schema},
        }},
    )  # fmt: skip
    async def classify(request: Request) -> Answer:
        """Film review, product review, tweet or news?"""
        asked = await service.texts(request)
        manifest = service.manifest  # another may be loaded meanwhile
        answers, read = await service.classify(request, asked)
        return Answer(
            model=manifest.name,
            version=manifest.version,
            answers=[
                Label(
                    label=service.labels[answer.argmax()],
                    probability=answer.max(),
                    tokens=tokens,
                )
                for answer, tokens in zip(answers, read, strict=True)
            ],
        )

    return app
