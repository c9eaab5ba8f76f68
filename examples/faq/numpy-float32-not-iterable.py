"""ValueError: [TypeError("'numpy.float32' object is not iterable"), …]"""
# --8<-- [start:app]
import numpy as np
from fastapi import FastAPI
from fastapi.testclient import TestClient

app = FastAPI()
probabilities = np.array([0.1, 0.9], dtype=np.float32)


@app.get("/predict")
def predict():
    return {"score": probabilities.max()}


client = TestClient(app)
# --8<-- [end:app]

try:
    # --8<-- [start:fails]
    client.get("/predict")
    # --8<-- [end:fails]
except ValueError as error:
    print(error)

# --8<-- [start:types]
import json

from fastapi.encoders import jsonable_encoder

values = {
    "float32": np.float32(0.5),
    "float64": np.float64(0.5),
    "int64": np.int64(2),
    "bool": np.bool_(True),
    "array": np.array([0.5, 0.5]),
    "array of one": np.array([0.5]),
}
for name, value in values.items():
    try:
        print(f"{name}: {json.dumps(jsonable_encoder(value))}")
    except ValueError as error:
        print(f"{name}: {error.args[0][0]}")
# --8<-- [end:types]

# --8<-- [start:typed]
from pydantic import BaseModel


class Prediction(BaseModel):
    label: int
    score: float


@app.get("/typed")
def typed() -> Prediction:
    return Prediction(label=probabilities.argmax(), score=probabilities.max())


print(client.get("/typed").text)
# --8<-- [end:typed]

try:
    # --8<-- [start:dict]
    @app.get("/any")
    def anything() -> dict:
        return {"score": probabilities.max()}

    client.get("/any")
    # --8<-- [end:dict]
except Exception as error:
    print(error)

# --8<-- [start:plain]
from typing import Any


def to_plain(value: Any) -> Any:
    """Replace NumPy's numbers and arrays in a nested result."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if isinstance(value, dict):
        return {to_plain(k): to_plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(item) for item in value]
    return value


@app.get("/rerank")
def rerank() -> list[dict[str, Any]]:
    ranked = [{"id": np.int64(7), "score": np.float32(0.75)}]
    return to_plain(ranked)


print(client.get("/rerank").text)
# --8<-- [end:plain]
