import sys

import litserve
from fastapi import HTTPException
from pydantic import BaseModel, Field


class Raises(litserve.LitAPI):
    """Refuses a negative number while the batch is decoded."""

    def setup(self, device: str) -> None:
        self.scale = 2.0

    def decode_request(self, request: dict[str, float]) -> float:
        if request["x"] < 0:
            raise HTTPException(422, "x is negative")
        return request["x"]

    def batch(self, inputs: list[float]) -> list[float]:
        return inputs

    def predict(self, batch: list[float]) -> list[float]:
        return [x * self.scale for x in batch]

    def unbatch(self, output: list[float]) -> list[float]:
        return output

    def encode_response(self, output: float) -> dict[str, float | str]:
        return {"y": output}


class Item(BaseModel):
    x: float = Field(ge=0)


class Checks(Raises):
    """Refuses it before the request joins a batch."""

    def decode_request(self, request: Item) -> float:
        return request.x

    def encode_response(self, output: float) -> dict[str, float | str]:
        if output > 100:
            return {"error": "y is out of range"}
        return {"y": output}


if __name__ == "__main__":
    options = {"max_batch_size": 4, "batch_timeout": 2.0}
    server = litserve.LitServer(
        [
            Raises(api_path="/raises", **options),
            Checks(api_path="/checks", **options),
        ],
        accelerator="cpu",
    )
    server.run(
        host="127.0.0.1", port=int(sys.argv[1]), generate_client_file=False
    )
