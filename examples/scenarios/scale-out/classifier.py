"""A classifier of digits as a Ray Serve deployment."""

import asyncio
from typing import Annotated

import ray
import torch
from fastapi import FastAPI
from pydantic import BaseModel, Field
from ray import serve
from ray.serve.config import BackpressureConfig

LARGEST = 8  # batch that digits.pt2 was exported for
Ink = Annotated[float, Field(ge=0, le=16, allow_inf_nan=False)]
Row = Annotated[list[Ink], Field(min_length=8, max_length=8)]


class Picture(BaseModel):
    """Eight rows of eight values, 0 paper to 16 ink."""

    pixels: Annotated[list[Row], Field(min_length=8, max_length=8)]


class Answer(BaseModel):
    """A digit, and who gave it: what an operator wants to know."""

    digit: int
    version: str
    node: str
    replica: str
    batch: int


app = FastAPI()


@serve.deployment(
    max_ongoing_requests=LARGEST,
    max_queued_requests=LARGEST,
    backpressure_config=BackpressureConfig(status_code=503, retry_after_s=1),
    ray_actor_options={"num_cpus": 0.5},
    health_check_period_s=2,
    health_check_timeout_s=30,
    graceful_shutdown_timeout_s=20,
)
@serve.ingress(app)
class Classifier:
    """One replica: one process with one copy of the model."""

    def __init__(self, path: str, version: str, pause_s: float = 0) -> None:
        """Load and warm up; requests come only when this has returned.

        `pause_s` makes each batch take longer, as a larger model would.
        """
        torch.set_num_threads(1)  # Ray counts CPUs, and torch has to know
        self.model = torch.export.load(path).module()
        self.model(torch.zeros(LARGEST, 8, 8))
        self.version, self.pause_s = version, pause_s
        labels = ray.get_runtime_context().get_node_labels()
        self.node = str(labels.get("name", "unknown"))
        self.replica = serve.get_replica_context().replica_id.unique_id

    @app.post("/classify")
    async def classify(self, picture: Picture) -> Answer:
        """Answer for one picture, together with whoever else is asking."""
        digit, batch = await self.predict(torch.tensor(picture.pixels))
        return Answer(
            digit=digit,
            version=self.version,
            node=self.node,
            replica=self.replica,
            batch=batch,
        )

    @serve.batch(max_batch_size=LARGEST, batch_wait_timeout_s=0.005)
    async def predict(
        self, images: list[torch.Tensor]
    ) -> list[tuple[int, int]]:
        """Pictures (8, 8) of several requests → a digit and the batch size."""
        if self.pause_s:
            await asyncio.sleep(self.pause_s)
        with torch.inference_mode():
            digits = self.model(torch.stack(images)).argmax(1).tolist()
        return [(digit, len(images)) for digit in digits]


def create(arguments: dict[str, str]) -> serve.Application:
    """What a configuration file names: `import_path: classifier:create`."""
    return Classifier.bind(arguments["path"], arguments["version"])
