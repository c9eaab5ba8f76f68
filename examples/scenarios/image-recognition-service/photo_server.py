"""What is on it? uvicorn --factory photo_server:create_app"""

from typing import Annotated

import numpy as np
from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError

from application import application
from imaging import FORMATS, BadImage, TooManyPixels
from model import Predict, open_model, warm_up
from photo import decode_alone
from preparation import PREPROCESSING, open_prepare, self_test
from problems import Problem, refusals
from server import Answer, Label
from service import Service
from settings import Settings


class PhotoService(Service):
    """Decodes, and leaves all else to the programs of the artifact."""

    preprocessing = PREPROCESSING

    def load(self) -> Predict:
        folder, manifest = self.settings.artifact, self.manifest
        self.prepare = open_prepare(folder)
        predict = open_model(folder, manifest.export.format)
        allowed = manifest.tolerances.max_abs
        self_test(self.prepare, predict, folder, allowed)
        warm_up(predict, self.settings.max_batch)
        return predict

    def item(self, data: bytes) -> np.ndarray:
        """What the network sees: uint8 [224, 224, 3]. May raise BadImage."""
        most = self.settings.max_pixels
        photo, _ = self.decode(decode_alone, data, max_pixels=most)
        return self.prepare(photo)


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application, with its settings from the environment."""
    service = PhotoService(settings or Settings())
    app = application(service, "Photographs")
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
        top: Annotated[int, Query(ge=1, le=10)] = 5,
    ) -> Answer:
        """What is on this photograph?"""
        kind = request.headers.get("content-type", "").partition(";")[0]
        if kind.strip().lower() not in FORMATS.values():
            known = ", ".join(FORMATS.values())
            raise Problem(415, "media_type", f"send one of {known}")
        data = await request.body()
        manifest = service.manifest  # another may be loaded meanwhile
        try:
            [answer] = await service.predict(
                request, lambda: service.item(data)
            )
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

    return app
