import json
from pathlib import Path
from typing import Any

import torch
from torch import nn


class Handler:
    """What a handler is without TorchServe: load once, then answer."""

    def initialize(self, context: Any) -> None:
        folder = Path(context.system_properties["model_dir"])
        self.model = nn.Linear(4, 2)
        self.model.load_state_dict(torch.load(folder / "model.pt"))
        self.model.eval()
        names = (folder / "index_to_name.json").read_text()
        self.names = json.loads(names)

    @torch.inference_mode()
    def handle(self, data: list[dict], context: Any) -> list[str]:
        rows = torch.tensor([request["body"] for request in data])
        return [self.names[str(i)] for i in self.model(rows).argmax(1).tolist()]
