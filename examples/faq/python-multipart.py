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

# --8<-- [start:part]
from fastapi import Form


@app.post("/base64")
async def base64_field(image: str = Form()) -> dict[str, int]:
    return {"characters": len(image)}


text = "A" * 1_400_000  # a picture of 1 MB as base64
for how, answer in {
    "form field": client.post("/base64", files={"image": (None, text)}),
    "urlencoded": client.post("/base64", data={"image": text}),
    "file": client.post("/classify", files={"image": bytes(1_400_000)}),
}.items():
    print(f"{how:10}", answer.status_code, answer.text)
# --8<-- [end:part]


# --8<-- [start:limit]
@app.post("/base64-large")
async def base64_large(request: Request) -> dict[str, int]:
    async with request.form(max_part_size=8 * 2**20) as form:
        return {"characters": len(str(form["image"]))}


print(client.post("/base64-large", files={"image": (None, text)}).json())
# --8<-- [end:limit]

# --8<-- [start:json]
from flask import Flask
from flask import request as flask_request
from pydantic import BaseModel


class Pixels(BaseModel):
    pixels: list[int]


@app.post("/json")
def with_fastapi(body: Pixels) -> int:
    return len(body.pixels)


flask_app = Flask(__name__)


@flask_app.post("/json")
def with_flask() -> str:
    return str(len(flask_request.get_json()["pixels"]))


body = '{"pixels": [1, 2]}'
flask_client = flask_app.test_client()
print("form type, Flask:  ", flask_client.post("/json", data=body).status)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
answer = client.post("/json", content=body, headers=FORM)
print("form type, FastAPI:", answer.status_code)
print(answer.json()["detail"][0]["msg"])
# --8<-- [end:json]

# --8<-- [start:json-fix]
print(flask_client.post("/json", json={"pixels": [1, 2]}).text)
print(client.post("/json", json={"pixels": [1, 2]}).text)
# --8<-- [end:json-fix]
