"""The service: uvicorn --factory server:create_app --port 8000"""

from typing import Annotated

import numpy as np
from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field

import protocol_v2
from application import application
from imaging import FORMATS, BadImage, TooManyPixels, prepare_alone
from problems import Problem, refusals
from service import Service
from settings import Settings


class Label(BaseModel):
    label: str
    probability: float = Field(ge=0, le=1)


class Answer(BaseModel):
    model: str
    version: str
    labels: list[Label]


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application, with its settings from the environment."""
    settings = settings or Settings()
    service = Service(settings)
    app = application(service, "Image classification")

    picture = {"schema": {"type": "string", "format": "binary"}}
    content = {kind: picture for kind in FORMATS.values()}

    @app.post(
        "/v1/classify",
        response_model=Answer,
        responses=refusals(401, 408, 413, 415, 422, 429, 500, 503, 504),
        openapi_extra={"requestBody": {"required": True, "content": content}},
    )
    async def classify(
        request: Request,
        top: Annotated[int, Query(ge=1, le=10)] = 3,
    ) -> Answer:
        """What is on this photograph?"""
        kind = request.headers.get("content-type", "").partition(";")[0]
        if kind.strip().lower() not in FORMATS.values():
            known = ", ".join(FORMATS.values())
            raise Problem(415, "media_type", f"send one of {known}")
        data = await request.body()  # complete, and within its limits
        manifest = service.manifest  # another may be loaded meanwhile

        def decode() -> np.ndarray:
            most = settings.max_pixels
            return service.decode(prepare_alone, data, max_pixels=most)[0]

        try:
            [answer] = await service.predict(request, decode)
        except TooManyPixels as error:
            raise Problem(413, "too_many_pixels", str(error)) from None
        except BadImage as error:
            where = {"loc": ["body"], "msg": str(error), "type": "bad_image"}
            raise RequestValidationError([where]) from None
        best = np.argsort(answer)[::-1][:top]
        return Answer(
            model=manifest.name,
            version=manifest.version,
            labels=[
                Label(label=service.labels[n], probability=answer[n])
                for n in best
            ],
        )

    app.include_router(protocol_v2.router(service))
    return app
