"""Export a model that is larger than one protobuf message."""
# --8<-- [start:model]
from pathlib import Path

import onnxruntime
import torch
from torch import nn


class Head(nn.Module):
    """Stands for a model of many gigabytes."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(256, 128)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.linear(x)


def gibibytes(model: nn.Module) -> float:
    tensors = model.state_dict().values()
    return sum(t.numel() * t.element_size() for t in tensors) / 2**30


model = Head().eval()
x = torch.ones(2, 256)
print("two files needed:", gibibytes(model) > 2)
# --8<-- [end:model]

# --8<-- [start:fix]
folder = Path("exported")
folder.mkdir(exist_ok=True)
program = torch.onnx.export(
    model, (x,), folder / "model.onnx", verbose=False
)
print(sorted(path.name for path in folder.iterdir()))
# --8<-- [end:fix]

# --8<-- [start:shared]
value = program.model.graph.initializers["linear.weight"].const_value
print(value.raw.data_ptr() == model.linear.weight.data_ptr())
# --8<-- [end:shared]

# --8<-- [start:later]
from torch._subclasses.fake_tensor import FakeTensorMode

torch.save(model.state_dict(), "weights.pt")

with FakeTensorMode():
    empty = Head().eval()  # shapes only: no memory for weights
    program = torch.onnx.export(
        empty, (torch.ones(2, 256),), optimize=False, verbose=False
    )

program.apply_weights(torch.load("weights.pt", mmap=True))
program.save(folder / "later.onnx", external_data=True)
session = onnxruntime.InferenceSession(folder / "later.onnx")
(answer,) = session.run(None, {"x": x.numpy()})
print(torch.allclose(torch.from_numpy(answer), model(x), atol=1e-5))
# --8<-- [end:later]
