"""TorchServe, which is retired: a handler for torch-model-archiver."""

import json
from typing import Any

from classifier import Classifier
from ts.torch_handler.base_handler import BaseHandler


class Handler(BaseHandler):
    """Called with the requests of one batch."""

    def initialize(self, context: Any) -> None:
        self.classifier = Classifier("digits.pt2")
        self.initialized = True

    def handle(self, data: list[dict[str, Any]], context: Any) -> list[str]:
        rows = [row.get("body", row)["pixels"] for row in data]
        return [json.dumps({"digit": n}) for n in self.classifier(rows)]
