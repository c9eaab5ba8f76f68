"""Predictions for everyone, explanations for whoever asks."""

import threading
from typing import Annotated

import torch
from captum.attr import IntegratedGradients
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field
from reading import network

VERSION = "digits-1"
STEPS = 32
Pixel = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Scan(BaseModel):
    pixels: list[Pixel] = Field(min_length=64, max_length=64)


class Prediction(BaseModel):
    digit: int
    probability: float
    version: str = VERSION


class Explanation(Prediction):
    attributions: list[float]
    baseline: str = "all pixels 0"
    method: str = f"integrated gradients, {STEPS} steps"
    gap: float  # what the attributions fail to add up to, as a share


app = FastAPI()
model = network()
model.load_state_dict(torch.load("digits.pt", weights_only=True))
model.eval().requires_grad_(False)
explainer = IntegratedGradients(model)
slots = threading.Semaphore(1)  # explanations at a time


@app.post("/predict")
def predict(scan: Scan) -> Prediction:
    """Answer with one forward pass."""
    with torch.inference_mode():
        chances = model(torch.tensor([scan.pixels])).softmax(dim=1)
    digit = int(chances.argmax())
    return Prediction(digit=digit, probability=float(chances[0, digit]))


@app.post("/explain")
def explain(scan: Scan) -> Explanation:
    """Answer, and say which pixels the answer rests on."""
    if not slots.acquire(blocking=False):
        raise HTTPException(503, "explaining another answer",
                            headers={"Retry-After": "1"})
    try:
        answer = predict(scan)
        attributions, delta = explainer.attribute(
            torch.tensor([scan.pixels]), target=answer.digit,
            n_steps=STEPS, return_convergence_delta=True)
    finally:
        slots.release()
    rise = float(attributions.sum() - delta)
    return Explanation(**answer.model_dump(),
                       attributions=attributions[0].tolist(),
                       gap=abs(float(delta)) / max(abs(rise), 1e-6))
