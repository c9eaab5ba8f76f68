try:
    # --8<-- [start:fails]
    import json

    import torch

    scores = torch.tensor([0.25, 0.25, 0.5])
    json.dumps({"scores": scores})
    # --8<-- [end:fails]
except Exception as error:
    print(error)

try:
    # --8<-- [start:numpy]
    json.dumps({"score": scores.max().numpy()[()]})
    # --8<-- [end:numpy]
except Exception as error:
    print(error)

# --8<-- [start:fastapi]
from fastapi import FastAPI
from fastapi.encoders import jsonable_encoder

print(jsonable_encoder({"scores": scores}))
# --8<-- [end:fastapi]

# --8<-- [start:fix]
from fastapi.testclient import TestClient
from pydantic import BaseModel

app = FastAPI()


class Answer(BaseModel):
    label: int
    score: float
    scores: list[float]


@app.get("/predict")
def predict() -> Answer:
    label = int(scores.argmax())
    return Answer(
        label=label, score=float(scores[label]), scores=scores.tolist()
    )


print(TestClient(app).get("/predict").json())
# --8<-- [end:fix]
