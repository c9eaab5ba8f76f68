"""blocked by CORS policy: No 'Access-Control-Allow-Origin' header is present"""
# --8<-- [start:before]
from fastapi import FastAPI
from fastapi.testclient import TestClient

ORIGIN = {"Origin": "https://shop.example"}  # what a browser adds
ALLOWED = "access-control-allow-origin"


def build() -> FastAPI:
    app = FastAPI()

    @app.post("/predict")
    def predict() -> dict[str, int]:
        return {"label": 3}

    @app.post("/broken")
    def broken() -> dict[str, int]:
        return {"label": 1 // 0}

    return app


client = TestClient(build())
answer = client.post("/predict", headers=ORIGIN)
print(answer.status_code, answer.json(), answer.headers.get(ALLOWED))
# --8<-- [end:before]

# --8<-- [start:preflight]
ask = ORIGIN | {"Access-Control-Request-Method": "POST"}
print(client.options("/predict", headers=ask).status_code)
# --8<-- [end:preflight]

# --8<-- [start:after]
from fastapi.middleware.cors import CORSMiddleware

app = build()
app.add_middleware(
    CORSMiddleware,
    allow_origins=["https://shop.example"],
    allow_methods=["POST"],
    allow_headers=["Authorization"],
)
client = TestClient(app, raise_server_exceptions=False)
print("asked: ", client.options("/predict", headers=ask).status_code)
for origin in ("https://shop.example", "https://other.example"):
    answer = client.post("/predict", headers={"Origin": origin})
    print("answer:", answer.headers.get(ALLOWED))
# --8<-- [end:after]

# --8<-- [start:error]
answer = client.post("/broken", headers=ORIGIN)
print(answer.status_code, answer.headers.get(ALLOWED))

wrapped = CORSMiddleware(
    build(), allow_origins=["https://shop.example"], allow_methods=["POST"]
)
client = TestClient(wrapped, raise_server_exceptions=False)
answer = client.post("/broken", headers=ORIGIN)
print(answer.status_code, answer.headers.get(ALLOWED))
# --8<-- [end:error]
