"""The reference service with a model that does as a test says, copied beside the bundle.

It answers with the brightest pixel as the label, raises for a picture of 13s, gives NaN for one of
7s, and waits while a file called `hold` lies in the work folder. `calls` lists its calls.
Two routes do what the author of a route may do: forget every check, and have a bug.
"""

import time
from pathlib import Path

import artifact
import numpy as np
import service
import torch
from fastapi import FastAPI
from imaging import PREPROCESSING, prepare
from PIL import Image
from server import create_app as create_service

HOLD, CALLS, FOLDER = Path("hold"), Path("calls"), Path("artifact")


def predict(images: np.ndarray) -> np.ndarray:
    with CALLS.open("a") as calls:
        calls.write(f"{len(images)} {images[0].max()}\n")
    while HOLD.exists():
        time.sleep(0.01)
    brightest = images.max(axis=(1, 2, 3))
    if 13 in brightest:
        raise ValueError("13 is unlucky")
    answers = np.full((len(images), 1000), 0.0005, np.float32)
    answers[np.arange(len(images)), brightest] = 0.5005
    answers[brightest == 7] = np.nan
    return answers


def write_artifact() -> None:
    FOLDER.mkdir()
    Image.new("RGB", (300, 200), (90, 90, 90)).save(FOLDER / "golden.jpg")
    golden = predict(prepare((FOLDER / "golden.jpg").read_bytes(), 10**6)[None])
    (FOLDER / "golden.json").write_text(str(golden[0].tolist()))
    (FOLDER / "labels.txt").write_text("\n".join(f"label {n}" for n in range(1000)))
    (FOLDER / "model.pt2").write_text("no model: see standin.py")
    artifact.write(
        FOLDER,
        {
            "manifest_version": 1,
            "name": "stand-in",
            "version": "1.2.3",
            "task": "the brightest pixel",
            "model": "none",
            "inputs": [{"name": "images", "dtype": "uint8", "shape": ("batch", 224, 224, 3)}],
            "outputs": [{"name": "probabilities", "dtype": "float32", "shape": ("batch", 1000)}],
            "preprocessing": PREPROCESSING,
            "labels": "labels.txt",
            "export": {
                "format": "torch.export",
                "torch": torch.__version__.partition("+")[0],
                "min_batch": 1,
                "max_batch": 32,
            },
            "accuracy": [{"metric": "top-1", "data": "none", "value": 1}],
            "tolerances": {"max_abs": 1e-6, "decision_flips": 0},
        },
    )


def create_app() -> FastAPI:
    if not FOLDER.exists():
        write_artifact()
        CALLS.unlink()
    service.open_model = lambda folder, form: predict
    HOLD.touch()  # the test lets the service become ready
    app: FastAPI = create_service()

    @app.post("/v1/forgetful", include_in_schema=False)
    async def forgetful(body: dict[str, int]) -> int:
        return len(body)

    @app.get("/v1/bug", include_in_schema=False)
    async def bug() -> str:
        return [""][1]

    return app
