"""Ray Serve with the reference service's photographs."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import ray
import torch
from imaging import prepare
from model import open_model, warm_up
from ray import serve
from starlette.requests import Request


@serve.deployment(max_ongoing_requests=64, ray_actor_options={"num_cpus": 2})
class Photographs:
    def __init__(self) -> None:
        torch.set_num_threads(2)
        self.run = open_model(Path("artifact"), "torch.export")
        warm_up(self.run, 4)

    @serve.batch(max_batch_size=4, batch_wait_timeout_s=0.003)
    async def classify(self, images: list[np.ndarray]) -> list[np.ndarray]:
        return list(self.run(np.stack(images)))

    async def __call__(self, request: Request) -> dict[str, Any]:
        row = await self.classify(prepare(await request.body(), 25_000_000))
        return {
            "labels": [
                {"label": int(n), "probability": float(row[n])}
                for n in np.argsort(row)[:-4:-1]
            ]
        }


if __name__ == "__main__":
    ray.init(
        address="local",
        num_cpus=2,
        include_dashboard=False,
        _node_ip_address="127.0.0.1",
    )
    serve.start(http_options={"host": "127.0.0.1", "port": int(sys.argv[1])})
    serve.run(Photographs.bind(), route_prefix="/predict", blocking=True)
