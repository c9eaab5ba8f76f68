# --8<-- [start:direct]
import numpy as np
import torch
from torch import Tensor, nn


class Direct(nn.Module):
    """Smooths its input with NumPy."""

    def forward(self, signal: Tensor) -> Tensor:
        kernel = np.full(5, 1 / 5, dtype=np.float32)
        rows = [
            np.convolve(row, kernel, mode="same")
            for row in signal.numpy()
        ]
        return torch.from_numpy(np.stack(rows))


signal = torch.rand(4, 32)
print(tuple(Direct()(signal).shape))
# --8<-- [end:direct]

try:
    # --8<-- [start:direct-export]
    torch.export.export(Direct(), (signal,))
    # --8<-- [end:direct-export]
except RuntimeError as error:
    print(error)

# --8<-- [start:halve]
@torch.library.custom_op("lab::halve", mutates_args=())
def halve(signal: Tensor) -> Tensor:
    """Keep every second sample of each row."""
    return torch.from_numpy(signal.numpy()[:, ::2].copy())


class Halved(nn.Module):
    """Half of the samples."""

    def forward(self, signal: Tensor) -> Tensor:
        return halve(signal)
# --8<-- [end:halve]

try:
    # --8<-- [start:no-fake]
    torch.export.export(Halved(), (signal,))
    # --8<-- [end:no-fake]
except RuntimeError as error:
    print(error)

# --8<-- [start:wrong-fake]
@halve.register_fake
def _(signal: Tensor) -> Tensor:
    return torch.empty_like(signal)


program = torch.export.export(Halved(), (signal,))
(output,) = [node for node in program.graph.nodes if node.op == "output"]
promised = tuple(output.args[0][0].meta["val"].shape)
computed = tuple(program.module()(signal).shape)
print("promised", promised, "computed", computed)
# --8<-- [end:wrong-fake]

try:
    # --8<-- [start:opcheck-fake]
    torch.library.opcheck(halve, (signal,))
    # --8<-- [end:opcheck-fake]
except Exception as error:
    print(error)

# --8<-- [start:clip]
@torch.library.custom_op("lab::clip", mutates_args=())
def clip(signal: Tensor) -> Tensor:
    """Limit to 0.5, and change the input while at it."""
    return signal.clamp_(max=0.5).clone()


@clip.register_fake
def _(signal: Tensor) -> Tensor:
    return torch.empty_like(signal)
# --8<-- [end:clip]

try:
    # --8<-- [start:opcheck-clip]
    torch.library.opcheck(clip, (signal.clone(),))
    # --8<-- [end:opcheck-clip]
except Exception as error:
    print(error)

# --8<-- [start:opcheck]
from smoothing import smooth

for sample in (signal, torch.rand(1, 5), torch.rand(3, 64)[:, ::2]):
    outcomes = torch.library.opcheck(smooth, (sample, 5))
for name, outcome in outcomes.items():
    print(f"{name:27} {outcome}")
# --8<-- [end:opcheck]

try:
    # --8<-- [start:backward]
    smooth(signal.clone().requires_grad_(), 5).sum().backward()
    # --8<-- [end:backward]
except RuntimeError as error:
    print(error)

# --8<-- [start:export]
class Detector(nn.Module):
    """Two scores for each row of 32 samples."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Linear(32, 2)

    def forward(self, signal: Tensor) -> Tensor:
        return self.head(smooth(signal, 5))


torch.manual_seed(0)
model = Detector().eval()
with torch.inference_mode():
    expected = model(signal)

batch = torch.export.Dim("batch", min=1, max=64)
program = torch.export.export(
    model, (signal,), dynamic_shapes={"signal": {0: batch}}
)
torch.export.save(program, "program.pt2")

for node in program.graph.nodes:
    if node.op == "call_function":
        print(node.target)
with torch.inference_mode():
    exported = program.module()(signal)
difference = (exported - expected).abs().max().item()
print("largest difference:", difference)
# --8<-- [end:export]

# --8<-- [start:aoti]
torch._inductor.aoti_compile_and_package(
    program, package_path="compiled.pt2"
)
compiled = torch._inductor.aoti_load_package("compiled.pt2")
with torch.inference_mode():
    compiled_error = (compiled(signal) - expected).abs().max().item()
    print("right:", compiled_error < 1e-5, tuple(compiled(signal[:1]).shape))
# --8<-- [end:aoti]

try:
    # --8<-- [start:onnx-fails]
    torch.onnx.export(program, f="model.onnx", verbose=False)
    # --8<-- [end:onnx-fails]
except torch.onnx.OnnxExporterError as error:
    print(error)

# --8<-- [start:onnx]
import onnx
import onnxruntime
from onnxscript import opset20 as op


def smooth_in_onnx(signal, width: int):
    """The same moving average, in ONNX's operators."""
    channel = op.Constant(value_ints=[1])
    rows = op.AveragePool(
        op.Unsqueeze(signal, channel),
        kernel_shape=[width],
        pads=[width // 2, width // 2],
        count_include_pad=1,
    )
    return op.Squeeze(rows, channel)


torch.onnx.export(
    program,
    f="model.onnx",
    external_data=False,
    verbose=False,
    custom_translation_table={
        torch.ops.lab.smooth.default: smooth_in_onnx
    },
)
print([node.op_type for node in onnx.load("model.onnx").graph.node])
session = onnxruntime.InferenceSession("model.onnx")
(scores,) = session.run(None, {"signal": signal.numpy()})
onnx_error = (torch.from_numpy(scores) - expected).abs().max().item()
print("right:", onnx_error < 1e-5)
# --8<-- [end:onnx]
