import json
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import nn

model = nn.Sequential(nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))
model.load_state_dict(torch.load("weights.pt"))
model.eval()


def app(
    environ: dict[str, Any], start_response: Callable[..., Any]
) -> Iterable[bytes]:
    """/predict computes for 64 rows, and /alive computes nothing."""
    answer: dict[str, Any] = {"alive": True}
    if environ["PATH_INFO"] == "/predict":
        with torch.inference_mode():
            answer = {"rows": len(model(torch.ones(64, 512)))}
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(answer).encode() + b"\n"]
