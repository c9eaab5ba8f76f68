"""The Open Inference Protocol v2, which KServe, Triton and others speak.

https://github.com/kserve/open-inference-protocol
"""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response
from pydantic import BaseModel

from problems import Problem, refusals
from service import Service
from tensors import BadTensor, InferRequest, read_images


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


def router(service: Service) -> APIRouter:
    """The protocol's routes, answered by the same batcher."""
    routes = APIRouter(prefix="/v2")
    errors = refusals(400, 401, 404, 408, 413, 422, 429, 500, 503, 504)

    def check(name: str) -> None:
        if name != service.manifest.name:
            raise Problem(404, "unknown_model", f"there is no model {name}")

    @routes.get("", responses=errors)
    async def server() -> dict[str, Any]:
        return {
            "name": "deploying-pytorch",
            "version": "1.0.0",
            "extensions": ["binary_tensor_data"],
        }

    @routes.get("/health/live", responses=errors)
    async def live() -> dict[str, bool]:
        if not service.alive:
            raise Problem(503, "failed", "restart this process")
        return {"live": True}

    @routes.get("/health/ready", responses=errors)
    async def ready() -> dict[str, bool]:
        service.check_ready()
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
        inference_header_content_length: Annotated[str, Header()] = "",
    ) -> Response:
        check(name)
        body = await request.body()
        try:
            images, request_id = await service.prepare(
                lambda: service.decode(
                    read_images,
                    body,
                    header=inference_header_content_length,
                    max_batch=service.settings.max_batch,
                )
            )
        except BadTensor as error:
            raise Problem(400, "bad_tensor", str(error)) from None
        version = service.manifest.version  # of the model that is asked now
        result = await service.predict(
            request, *(lambda image=image: image for image in images)
        )
        answer = {
            "model_name": name,
            "model_version": version,
            "id": request_id or None,
            "outputs": [{
                "name": "probabilities",
                "datatype": "FP32",
                "shape": list(result.shape),
                "data": result.reshape(-1).tolist(),
            }],
        }  # fmt: skip
        return Response(json.dumps(answer), media_type="application/json")

    return routes
