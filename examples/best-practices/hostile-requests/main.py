# --8<-- [start:bug]
from fastapi.testclient import TestClient

from server import create_app
from settings import Settings

app = create_app(Settings(anonymous=True))


@app.post("/v1/new")
async def new(prices: dict[str, float]) -> float:
    return sum(prices.values()) / len(prices)


client = TestClient(app)  # without `with`: no model is loaded for this
app.state.service.admit = lambda: None
answer = client.post("/v1/new", json={})
print(answer.status_code, answer.json()["cause"], answer.json()["detail"])
value = app.state.service.metrics.registry.get_sample_value
print("counted:", value("service_errors_total", {"cause": "bug"}))
# --8<-- [end:bug]

# --8<-- [start:forgot]
large = b" " * 6_000_000
print(client.post("/v1/new", content=large).json()["detail"])
answer = client.post("/v1/new", json={"milk": "secret"})
print(answer.json()["detail"], "-", "secret" in answer.text)
# --8<-- [end:forgot]
