"""Export an LSTM for any length, twice in one process."""

import torch
from torch import nn


class Tagger(nn.Module):
    """Tags each step of (batch, time, 4)."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.LSTM(4, 8, batch_first=True)
        self.head = nn.Linear(8, 3)

    def forward(self, steps: torch.Tensor) -> torch.Tensor:
        return self.head(self.rnn(steps)[0])


model = Tagger().eval()
for attempt in ("first", "second"):
    try:
        torch.onnx.export(
            model,
            (torch.randn(2, 5, 4),),
            dynamic_shapes={"steps": {0: "batch", 1: "time"}},
            verbose=False,
        )
        print(f"{attempt} export: works")
    except torch.onnx.OnnxExporterError as error:
        lines = str(error).splitlines()
        reason = next(line for line in lines if "static shape" in line)
        print(f"{attempt} export:", reason)
