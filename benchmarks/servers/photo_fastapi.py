"""FastAPI with the service's photographs: a route for each kind of handler."""

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
from fastapi import Body, FastAPI, Request
from imaging import prepare
from model import open_model, warm_up

torch.set_num_threads(2)
predict = open_model(Path("artifact"), "torch.export")
warm_up(predict, 1)
app = FastAPI()


def best(row: np.ndarray) -> dict[str, Any]:
    return {
        "labels": [
            {"label": int(n), "probability": float(row[n])}
            for n in np.argsort(row)[:-4:-1]
        ]
    }


@app.post("/predict")
def plain(
    data: Annotated[bytes, Body(media_type="image/jpeg")],
) -> dict[str, Any]:
    return best(predict(prepare(data, 25_000_000)[None])[0])


@app.post("/predict-async")
async def in_the_loop(request: Request) -> dict[str, Any]:
    return best(predict(prepare(await request.body(), 25_000_000)[None])[0])
