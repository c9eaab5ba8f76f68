# --8<-- [start:early]
import torch
from fastapi import FastAPI, HTTPException
from fastapi.testclient import TestClient
from torch import nn

app = FastAPI()
model: nn.Module | None = None  # a thread will put it here, later


@app.get("/health")
def health() -> str:
    return "ok"


@app.get("/predict")
def predict() -> list[float]:
    assert model is not None
    with torch.inference_mode():
        return model(torch.zeros(1, 4))[0].tolist()


client = TestClient(app, raise_server_exceptions=False)
for path in ("/health", "/predict"):
    print(f"GET {path}:", client.get(path).status_code)
# --8<-- [end:early]


# --8<-- [start:fix]
@app.get("/live")
async def live() -> str:
    """Does the process still answer? Nothing about the model."""
    return "alive"


@app.get("/ready")
async def ready() -> str:
    """May requests come? Only with a model that is loaded and warm."""
    if model is None:
        raise HTTPException(503, "the model is loading")
    return "ready"


def load() -> nn.Module:
    loaded = nn.Linear(4, 3).eval()
    with torch.inference_mode():
        for batch in (1, 2):
            loaded(torch.zeros(batch, 4))
    return loaded


def ask(path: str) -> int:
    return client.get(path).status_code


print(f"while loading: live {ask('/live')}, ready {ask('/ready')}")
model = load()
print(
    f"when warm:     live {ask('/live')}, ready {ask('/ready')},",
    f"predict {ask('/predict')}",
)
# --8<-- [end:fix]
