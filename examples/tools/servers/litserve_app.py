"""LitServe: python litserve_app.py port"""

import sys

import litserve

from classifier import Classifier, Pixels


class Digits(litserve.LitAPI):
    """One worker process; requests that come together go together."""

    def setup(self, device: str) -> None:
        self.classifier = Classifier()

    def decode_request(self, request: dict[str, Pixels]) -> Pixels:
        return request["pixels"]

    def batch(self, inputs: list[Pixels]) -> list[Pixels]:
        return inputs

    def predict(self, batch: list[Pixels]) -> list[int]:
        return self.classifier(batch)

    def unbatch(self, output: list[int]) -> list[int]:
        return output

    def encode_response(self, output: int) -> dict[str, int]:
        return {"digit": output}


if __name__ == "__main__":
    api = Digits(max_batch_size=32, batch_timeout=0.002)
    server = litserve.LitServer(api, accelerator="cpu")
    server.run(
        host="127.0.0.1", port=int(sys.argv[1]), generate_client_file=False
    )
