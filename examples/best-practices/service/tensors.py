"""A tensor of the Open Inference Protocol, from bytes to an array.

Its sizes are compared before any number is looked at; `bytes` then takes
integers from 0 to 255 and nothing else.
"""

import math
from itertools import chain
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

IMAGE = (224, 224, 3)


class BadTensor(ValueError):
    """A request that is not as the protocol wants it; says which field."""


class InferInput(BaseModel):
    name: Literal["images"]
    datatype: Literal["UINT8"]
    shape: list[Annotated[int, Field(ge=1)]] = Field(
        min_length=4, max_length=4
    )
    parameters: dict[str, Any] = {}
    data: list[Any] | None = Field(None, description="flat, or nested as shape")


class InferRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str | None = Field(None, max_length=64)
    parameters: dict[str, Any] = {}
    inputs: list[InferInput] = Field(min_length=1, max_length=1)
    outputs: list[dict[str, Any]] | None = None


def read_images(
    body: bytes, header: str, max_batch: int
) -> tuple[np.ndarray, str]:
    """The images, and the request's id, from JSON or the binary extension.

    Args:
        body: JSON, and behind it the raw bytes of the tensor if `header`,
            Inference-Header-Content-Length, says where the JSON ends.

    Raises:
        BadTensor: with the name of the field that is wrong.
    """
    split = int(header) if header.isdecimal() and len(header) < 10 else None
    try:
        asked = InferRequest.model_validate_json(body[:split])
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        where = ".".join(map(str, first["loc"]))[:64] or "body"
        raise BadTensor(f"{where}: {first['msg']}") from None
    given = asked.inputs[0]
    if tuple(given.shape[1:]) != IMAGE:
        raise BadTensor("inputs.0.shape: must be [batch, 224, 224, 3]")
    if given.shape[0] > max_batch:
        raise BadTensor(f"inputs.0.shape: at most {max_batch} images")
    count = math.prod(given.shape)
    if given.data is not None:
        raw = flat(given.data, count)
    else:
        size = given.parameters.get("binary_data_size")
        raw = body[split:] if split is not None else b""
        if not size == len(raw) == count:
            raise BadTensor(f"inputs.0: needs {count} bytes, has {len(raw)}")
    images = np.frombuffer(raw, np.uint8).reshape(given.shape)
    return images, "" if asked.id is None else asked.id


def flat(data: list[Any], count: int) -> bytes:
    """The numbers of a flat or nested list, of which there are `count`."""
    field = "inputs.0.data"
    while data and isinstance(data[0], list):
        kinds = set(map(type, data))
        if kinds != {list} or len(set(map(len, data))) > 1:
            raise BadTensor(f"{field}: rows differ in length")
        if len(data) * len(data[0]) > count:
            raise BadTensor(f"{field}: must hold {count} integers")
        data = list(chain.from_iterable(data))
    if len(data) != count or set(map(type, data)) != {int}:
        raise BadTensor(f"{field}: must hold {count} integers")
    try:
        return bytes(data)
    except ValueError:
        raise BadTensor(f"{field}: not within 0 and 255") from None
