"""LitServe with the reference service's photographs, as a form with a file."""

import sys
from pathlib import Path
from typing import Any

import litserve
import numpy as np
import torch
from fastapi import Request
from imaging import prepare
from model import open_model, warm_up


class Photographs(litserve.LitAPI):
    def setup(self, device: str) -> None:
        torch.set_num_threads(2)
        self.run = open_model(Path("artifact"), "torch.export")
        warm_up(self.run, 4)

    def decode_request(self, request: Request) -> np.ndarray:
        return prepare(request["request"].file.read(), 25_000_000)

    def predict(self, batch: np.ndarray) -> np.ndarray:
        return self.run(batch)

    def encode_response(self, output: np.ndarray) -> dict[str, Any]:
        return {
            "labels": [
                {"label": int(n), "probability": float(output[n])}
                for n in np.argsort(output)[:-4:-1]
            ]
        }


if __name__ == "__main__":
    api = Photographs(max_batch_size=4, batch_timeout=0.003)
    litserve.LitServer(api, accelerator="cpu").run(
        host="127.0.0.1", port=int(sys.argv[1]), generate_client_file=False
    )
