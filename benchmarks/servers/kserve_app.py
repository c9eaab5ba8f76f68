"""KServe: python kserve_app.py --http_port 8567

It listens on all interfaces and has no option for another address: here it
runs in a network namespace that has none but the loopback.
"""

from classifier import Classifier
from kserve import InferRequest, InferResponse, Model, ModelServer
from kserve.utils.utils import get_predict_response


class Digits(Model):
    """In the event loop, one request at a time: it has no batching."""

    def __init__(self) -> None:
        super().__init__("digits")
        self.classifier = Classifier()
        self.ready = True

    def predict(
        self, payload: InferRequest, headers: dict[str, str] | None = None
    ) -> InferResponse:
        payload.id = payload.id or "none"  # a reply without one is refused
        pixels = payload.inputs[0].as_numpy()
        digits = self.classifier(pixels.tolist())
        return get_predict_response(payload, digits, self.name)


if __name__ == "__main__":
    server = ModelServer(
        workers=1, enable_grpc=False, enable_latency_logging=False
    )
    server.start([Digits()])
