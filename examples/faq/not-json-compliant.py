"""ValueError: Out of range float values are not JSON compliant"""
# --8<-- [start:app]
import torch
from fastapi import FastAPI
from fastapi.testclient import TestClient

app = FastAPI()


@app.get("/similarity")
def similarity():
    a, b = torch.zeros(3), torch.ones(3)
    return {"score": (a @ b / (a.norm() * b.norm())).item()}


client = TestClient(app)
# --8<-- [end:app]

try:
    # --8<-- [start:fails]
    client.get("/similarity")
    # --8<-- [end:fails]
except ValueError as error:
    print(error)


# --8<-- [start:null]
@app.get("/typed")
def typed() -> dict[str, float]:
    return {"nan": float("nan"), "infinity": float("inf"), "one": 1.0}


answer = client.get("/typed")
print(answer.status_code, answer.text)
# --8<-- [end:null]

# --8<-- [start:sources]
sources = {
    "division of zeros": torch.zeros(1) / torch.zeros(1),
    "log of a probability of 0": torch.zeros(1).log(),
    "float16 overflow": torch.tensor([300.0]).half() ** 2,
    "all positions masked": torch.full((1, 2), -torch.inf).softmax(-1),
    "mean of nothing": torch.zeros(0).mean(),
}
for name, value in sources.items():
    print(f"{name}: {value.flatten()[0].item()}")
# --8<-- [end:sources]

# --8<-- [start:input]
from pydantic import BaseModel, FiniteFloat


class Features(BaseModel):
    values: list[FiniteFloat]


def predict(features: Features) -> dict[str, list[float]]:
    return {"scores": features.values}


def send(service: FastAPI, body: str) -> str:
    service.post("/predict")(predict)
    client = TestClient(service, raise_server_exceptions=False)
    headers = {"Content-Type": "application/json"}
    answer = client.post("/predict", content=body, headers=headers)
    return f"{answer.status_code} {answer.text}"


print(send(FastAPI(), '{"values": [1.0, NaN]}'))
# --8<-- [end:input]

# --8<-- [start:handler]
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse


def refuse(request: Request, error: RequestValidationError) -> JSONResponse:
    details = [{"loc": e["loc"], "msg": e["msg"]} for e in error.errors()]
    return JSONResponse({"detail": details}, status_code=422)


service = FastAPI(exception_handlers={RequestValidationError: refuse})
print(send(service, '{"values": [1.0, NaN]}'))
# --8<-- [end:handler]

# --8<-- [start:output]
from fastapi import HTTPException


def finite(scores: torch.Tensor) -> list[float]:
    """The scores as numbers that JSON has, or an error of the service."""
    if not scores.isfinite().all():
        raise HTTPException(500, "the model returned NaN or infinity")
    return scores.tolist()


@app.get("/checked")
def checked(value: float) -> dict[str, list[float]]:
    return {"scores": finite(torch.tensor([0.5, value]))}


for value in (0.25, "nan"):
    print(client.get(f"/checked?value={value}").text)
# --8<-- [end:output]
