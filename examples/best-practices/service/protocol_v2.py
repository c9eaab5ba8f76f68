"""The Open Inference Protocol v2, which KServe, Triton and others speak.

https://github.com/kserve/open-inference-protocol
"""

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Header, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

if TYPE_CHECKING:
    from service import Service

IMAGE = (224, 224, 3)


class InferInput(BaseModel):
    name: Literal["images"]
    datatype: Literal["UINT8"]
    shape: list[Annotated[int, Field(ge=1)]] = Field(
        min_length=4, max_length=4
    )
    parameters: dict[str, Any] = {}
    data: list[Any] | None = None


class InferRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str | None = Field(None, max_length=64)
    parameters: dict[str, Any] = {}
    inputs: list[InferInput] = Field(min_length=1, max_length=1)
    outputs: list[dict[str, Any]] | None = None


class InferOutput(BaseModel):
    name: str
    datatype: str
    shape: list[int]
    data: list[float]


class InferResponse(BaseModel):
    model_name: str
    model_version: str
    id: str | None = None
    outputs: list[InferOutput]


def read_images(body: bytes, header: str) -> tuple[InferRequest, np.ndarray]:
    """The request and its images, from JSON or from the binary extension.

    Args:
        body: JSON, and behind it the raw bytes of the tensor if `header`,
            Inference-Header-Content-Length, says where the JSON ends.

    Raises:
        ValueError: with the name of the field that is wrong.
    """
    split = int(header) if header.isdecimal() else len(body)
    try:
        asked = InferRequest.model_validate_json(body[:split])
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "body"
        raise ValueError(f"{where}: {first['msg']}") from None
    given = asked.inputs[0]
    if tuple(given.shape[1:]) != IMAGE:
        raise ValueError("inputs.0.shape: must be [batch, 224, 224, 3]")
    count = int(np.prod(given.shape))
    if given.data is None:
        size = given.parameters.get("binary_data_size")
        raw = body[split:]
        if not size == len(raw) == count:
            raise ValueError(f"inputs.0: needs {count} bytes, has {len(raw)}")
        images = np.frombuffer(raw, np.uint8)
    else:
        try:
            values = np.array(given.data).reshape(-1)
        except ValueError:
            raise ValueError("inputs.0.data: rows differ in length") from None
        if values.dtype.kind not in "iu" or values.size != count:
            raise ValueError(f"inputs.0.data: must hold {count} integers")
        if values.min() < 0 or values.max() > 255:
            raise ValueError("inputs.0.data: not within 0 and 255")
        images = values.astype(np.uint8)
    return asked, images.reshape(given.shape)


def router(service: "Service", problem: type[Exception]) -> APIRouter:
    """The protocol's routes, answered by the same batcher."""
    routes = APIRouter(prefix="/v2")
    errors: dict[int | str, dict[str, Any]] = {
        status: {"description": "refused"}
        for status in (400, 401, 404, 408, 413, 429, 500, 503, 504)
    }

    def check(name: str) -> None:
        if name != service.manifest.name:
            raise problem(404, "unknown_model", f"there is no model {name}")

    @routes.get("")
    async def server() -> dict[str, Any]:
        return {
            "name": "deploying-pytorch",
            "version": "1.0.0",
            "extensions": ["binary_tensor_data"],
        }

    @routes.get("/health/live", responses=errors)
    async def live() -> dict[str, bool]:
        if not service.alive:
            raise problem(503, "failed", "restart this process")
        return {"live": True}

    @routes.get("/health/ready", responses=errors)
    async def ready() -> dict[str, bool]:
        if service.phase != "ready":
            raise problem(503, service.phase, f"is {service.phase}")
        return {"ready": True}

    @routes.get("/models/{name}/ready", responses=errors)
    async def model_ready(name: str) -> dict[str, Any]:
        check(name)
        return {"name": name} | await ready()

    @routes.get("/models/{name}", responses=errors)
    async def metadata(name: str) -> dict[str, Any]:
        check(name)
        manifest = service.manifest
        types = {"uint8": "UINT8", "int64": "INT64", "float32": "FP32"}

        def describe(tensor: Any) -> dict[str, Any]:
            shape = [-1 if n == "batch" else n for n in tensor.shape]
            kind = types[tensor.dtype]
            return {"name": tensor.name, "datatype": kind, "shape": shape}

        return {
            "name": manifest.name,
            "versions": [manifest.version],
            "platform": f"pytorch_{manifest.export.format}",
            "inputs": [describe(tensor) for tensor in manifest.inputs],
            "outputs": [describe(tensor) for tensor in manifest.outputs],
        }

    schema = InferRequest.model_json_schema()
    parts = schema.pop("$defs")  # references do not reach out of here
    schema["properties"]["inputs"]["items"] = parts["InferInput"]
    content = {"application/json": {"schema": schema}}

    @routes.post(
        "/models/{name}/infer",
        response_model=InferResponse,
        responses=errors,
        openapi_extra={"requestBody": {"required": True, "content": content}},
    )
    async def infer(
        request: Request,
        name: str,
        authorization: Annotated[str, Header()] = "",
        inference_header_content_length: Annotated[str, Header()] = "",
    ) -> Response:
        service.enter(authorization)
        check(name)
        body = await service.read(request)
        try:
            asked, images = read_images(body, inference_header_content_length)
        except ValueError as error:
            raise problem(400, "bad_tensor", str(error)) from None
        if len(images) > service.settings.max_batch:
            most = service.settings.max_batch
            raise problem(400, "bad_tensor", f"at most {most} images")
        result = await service.predict(
            request, *(lambda image=image: image for image in images)
        )
        answer = {
            "model_name": name,
            "model_version": service.manifest.version,
            "id": asked.id,
            "outputs": [{
                "name": "probabilities",
                "datatype": "FP32",
                "shape": list(result.shape),
                "data": result.reshape(-1).tolist(),
            }],
        }  # fmt: skip
        return Response(json.dumps(answer), media_type="application/json")

    return routes
