"""ONNX export of a convolution for a kernel of unknown shape."""
# --8<-- [start:model]
import onnxruntime
import torch
from torch import Tensor, nn
from torch.nn import functional


class Modulated(nn.Module):
    """A convolution whose kernel depends on each sample's style."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.rand(4, 2, 3, 3))

    def kernels(self, style: Tensor) -> Tensor:
        return self.weight * style[:, None, :, None, None]

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        n, _, h, w = x.shape
        kernels = self.kernels(style).view(n * 4, 2, 3, 3)
        y = functional.conv2d(x.view(1, n * 2, h, w), kernels, groups=n)
        return y.view(n, 4, h - 2, w - 2)


model = Modulated().eval()
args = (torch.rand(3, 2, 8, 8), torch.rand(3, 2))
# --8<-- [end:model]

try:
    # --8<-- [start:old]
    torch.onnx.export(
        model,
        args,
        "old.onnx",
        dynamo=False,
        input_names=["x", "style"],
        dynamic_axes={"x": {0: "n"}, "style": {0: "n"}},
    )
    # --8<-- [end:old]
except torch.onnx.errors.SymbolicValueError as error:
    print(error)

try:
    # --8<-- [start:new]
    batch = ({0: "n"}, {0: "n"})
    torch.onnx.export(
        model, args, "new.onnx", dynamic_shapes=batch, verbose=False
    )
    # --8<-- [end:new]
except Exception as error:
    print(error)

# --8<-- [start:fixed]
torch.onnx.export(model, args, "three.onnx", verbose=False)
shapes = [
    i.shape for i in onnxruntime.InferenceSession("three.onnx").get_inputs()
]
print(shapes)
# --8<-- [end:fixed]


# --8<-- [start:rewrite]
class Unfolded(Modulated):
    """The same as a product of matrices, for any number of samples."""

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        n, _, h, w = x.shape
        patches = functional.unfold(x, 3)  # n, 2 * 3 * 3, places
        y = self.kernels(style).flatten(2) @ patches
        return y.view(n, 4, h - 2, w - 2)


unfolded = Unfolded().eval()
unfolded.load_state_dict(model.state_dict())
torch.onnx.export(
    unfolded, args, "any.onnx", dynamic_shapes=batch, verbose=False
)
session = onnxruntime.InferenceSession("any.onnx")
for n in (1, 3, 5):
    x, style = torch.rand(n, 2, 8, 8), torch.rand(n, 2)
    (y,) = session.run(None, {"x": x.numpy(), "style": style.numpy()})
    close = torch.allclose(torch.from_numpy(y), model(x, style), atol=1e-5)
    print(y.shape, close)
# --8<-- [end:rewrite]

# --8<-- [start:rewrite-old]
torch.onnx.export(
    unfolded,
    args,
    "any-old.onnx",
    dynamo=False,
    input_names=["x", "style"],
    dynamic_axes={"x": {0: "n"}, "style": {0: "n"}},
)
# --8<-- [end:rewrite-old]
