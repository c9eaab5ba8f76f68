"""Export an LSTM for any length."""
# --8<-- [start:model]
import torch
from torch import nn
from torch.export import Dim


class Tagger(nn.Module):
    """Tags each step of (batch, time, 4)."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.LSTM(4, 8, batch_first=True)
        self.head = nn.Linear(8, 3)

    def forward(self, steps: torch.Tensor) -> torch.Tensor:
        return self.head(self.rnn(steps)[0])


def look_up_again() -> None:
    """Empty the caches of the recurrent layers (a private attribute)."""
    for operator in (torch.ops.aten.lstm.input, torch.ops.aten.gru.input):
        operator._dispatch_cache.clear()


torch.manual_seed(0)
model = Tagger().eval()
example, other = torch.randn(2, 5, 4), torch.randn(3, 9, 4)
# --8<-- [end:model]

# --8<-- [start:onnx]
import onnxruntime

look_up_again()
torch.onnx.export(
    model,
    (example,),
    "tagger.onnx",
    dynamic_shapes={"steps": {0: "batch", 1: "time"}},
    external_data=False,
    verbose=False,
)
session = onnxruntime.InferenceSession("tagger.onnx")
[tags] = session.run(None, {"steps": other.numpy()})
with torch.inference_mode():
    error = (torch.from_numpy(tags) - model(other)).abs().max()
print(tags.shape, f"error below 1e-5: {error < 1e-5}")
# --8<-- [end:onnx]

# --8<-- [start:axes]
axes = ({0: Dim("batch", min=1, max=64), 1: Dim("time", min=1, max=500)},)
# --8<-- [end:axes]
try:
    # --8<-- [start:plain]
    look_up_again()
    torch.export.export(model, (example,), dynamic_shapes=axes)
    # --8<-- [end:plain]
except torch._dynamo.exc.UserError as error:
    print(error)

# --8<-- [start:loop]
from torch.export._patches import register_lstm_while_loop_decomposition

look_up_again()
with register_lstm_while_loop_decomposition():
    program = torch.export.export(
        model, (example,), dynamic_shapes=axes
    )
look_up_again()
with torch.inference_mode():
    error = (program.module()(other) - model(other)).abs().max()
print(f"error below 1e-5: {error < 1e-5}")
# --8<-- [end:loop]

# --8<-- [start:old]
torch.onnx.export(
    model,
    (example,),
    "old.onnx",
    input_names=["steps"],
    dynamic_axes={"steps": {0: "batch", 1: "time"}},
    dynamo=False,
)
session = onnxruntime.InferenceSession("old.onnx")
[tags] = session.run(None, {"steps": other.numpy()})
with torch.inference_mode():
    error = (torch.from_numpy(tags) - model(other)).abs().max()
print(tags.shape, f"error below 1e-5: {error < 1e-5}")
# --8<-- [end:old]
