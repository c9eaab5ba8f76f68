"""RuntimeError: Form data requires "python-multipart" to be installed."""
# --8<-- [start:app]
from fastapi import FastAPI, UploadFile

app = FastAPI()


def add_upload() -> None:
    @app.post("/classify")
    async def classify(image: UploadFile) -> dict[str, int]:
        return {"bytes": len(await image.read())}
# --8<-- [end:app]


# --8<-- [start:without]
import sys
from unittest import mock

without = mock.patch.dict(
    sys.modules, {"python_multipart": None, "multipart": None}
)
# --8<-- [end:without]

try:
    # --8<-- [start:fails]
    with without:
        add_upload()
    # --8<-- [end:fails]
except RuntimeError as error:
    print(error)

# --8<-- [start:fix]
from fastapi.testclient import TestClient

add_upload()
client = TestClient(app)
photo = b"\xff\xd8\xff" + bytes(97)
answer = client.post("/classify", files={"image": photo})
print(answer.status_code, answer.json())
# --8<-- [end:fix]

# --8<-- [start:wrong]
for how, answer in {
    "raw body": client.post("/classify", content=photo),
    "JSON": client.post("/classify", json={"image": "/9j/"}),
    "another name": client.post("/classify", files={"file": photo}),
}.items():
    problem = answer.json()["detail"][0]
    print(f"{how:13}", answer.status_code, problem["loc"], problem["msg"])
# --8<-- [end:wrong]

# --8<-- [start:raw]
from fastapi import Request


@app.post("/raw")
async def raw(request: Request) -> dict[str, int]:
    return {"bytes": len(await request.body())}


print(client.post("/raw", content=photo).json())
# --8<-- [end:raw]
