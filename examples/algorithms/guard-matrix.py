# --8<-- [start:model]
import torch
from torch import nn
from torch.export import Dim, export


class Stem(nn.Module):
    """Images (N, 3, H, W) to four scores each."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, kernel_size=3, padding=1)
        self.head = nn.Linear(8, 4)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        features = torch.relu(self.conv(image)).mean((2, 3))
        return self.head(features)


torch.manual_seed(0)
model = Stem().eval()
batch = torch.rand(4, 3, 8, 8)
program = export(
    model,
    (batch,),
    dynamic_shapes={"image": {0: Dim("batch", min=1, max=64)}},
)
# --8<-- [end:model]

# --8<-- [start:inputs]
inputs = {
    "batch of 1": batch[:1],
    "batch of 64": torch.rand(64, 3, 8, 8),
    "channels-last": batch.to(memory_format=torch.channels_last),
    "slice with gaps": torch.rand(4, 3, 8, 16)[..., ::2],
    "batch of 65": torch.rand(65, 3, 8, 8),
    "1 channel": torch.rand(4, 1, 8, 8),
    "16 x 8 pixels": torch.rand(4, 3, 16, 8),
    "no batch axis": batch[0],
    "float64": batch.double(),
}
# --8<-- [end:inputs]

# --8<-- [start:probe]
from collections.abc import Callable

Call = Callable[[torch.Tensor], torch.Tensor]


@torch.inference_mode()
def probe(call: Call, image: torch.Tensor) -> str:
    """One word for what an artifact does with an input."""
    try:
        scores = call(image)
    except Exception as error:
        return f"refused ({type(error).__name__})"
    truth = model(image.float())
    worst = (scores - truth).abs().max().item()
    return "right" if worst < 1e-4 else f"wrong by {worst:.2f}"


def report(call: Call) -> None:
    """Print a column of the matrix."""
    for name, image in inputs.items():
        print(f"{name:16} {probe(call, image)}")


report(model)
# --8<-- [end:probe]

# --8<-- [start:exported]
report(program.module())
# --8<-- [end:exported]

# --8<-- [start:onnx]
import onnxruntime

torch.onnx.export(
    program, (), "stem.onnx", external_data=False, verbose=False
)
session = onnxruntime.InferenceSession(
    "stem.onnx", providers=["CPUExecutionProvider"]
)


def run_onnx(image: torch.Tensor) -> torch.Tensor:
    return torch.from_numpy(session.run(None, {"image": image.numpy()})[0])


report(run_onnx)
# --8<-- [end:onnx]
