"""Ray Serve: python ray_app.py port"""

import sys

import ray
from ray import serve
from starlette.requests import Request

from classifier import Classifier, Pixels


@serve.deployment(max_ongoing_requests=64, max_queued_requests=64)
class Digits:
    """One replica; requests that come together go together."""

    def __init__(self) -> None:
        self.classifier = Classifier()

    @serve.batch(max_batch_size=32, batch_wait_timeout_s=0.002)
    async def classify(self, rows: list[Pixels]) -> list[int]:
        return self.classifier(rows)

    async def __call__(self, request: Request) -> dict[str, int]:
        question = await request.json()
        return {"digit": await self.classify(question["pixels"])}


if __name__ == "__main__":
    ray.init(
        address="local",
        num_cpus=2,
        include_dashboard=False,
        _node_ip_address="127.0.0.1",
    )
    serve.start(http_options={"host": "127.0.0.1", "port": int(sys.argv[1])})
    serve.run(Digits.bind(), route_prefix="/predict", blocking=True)
