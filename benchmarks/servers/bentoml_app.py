"""BentoML: bentoml serve bentoml_app:Digits --host 127.0.0.1 --port 8565"""

import bentoml
from classifier import Classifier, Pixels


@bentoml.service(
    workers=1,
    traffic={"timeout": 30, "max_concurrency": 64},
    logging={"access": {"enabled": False}},
)
class Digits:
    """One worker; requests that come together go together."""

    def __init__(self) -> None:
        self.classifier = Classifier()

    @bentoml.api(batchable=True, max_batch_size=32, max_latency_ms=1000)
    def predict(self, pixels: list[Pixels]) -> list[int]:
        return self.classifier(pixels)
