try:
    # --8<-- [start:fails]
    from ts.torch_handler.base_handler import BaseHandler
    # --8<-- [end:fails]
except Exception as error:
    print(error)

# --8<-- [start:serve]
from fastapi import FastAPI
from fastapi.testclient import TestClient
from handler import Handler
from torch import nn

app = FastAPI()
handler = Handler(nn.Identity())  # your torch.export.load(...).module()


@app.post("/predictions/model")
def predictions(rows: list[list[float]]) -> list[dict[str, int]]:
    return handler.handle(rows)


answer = TestClient(app).post(
    "/predictions/model", json=[[3.0, 1.0], [0.0, 2.0]]
)
print(answer.status_code, answer.json())
# --8<-- [end:serve]
