"""Exporting the operator to ONNX opset version 17 is not supported."""
# --8<-- [start:model]
import torch
from torch import Tensor, nn


class Spectrum(nn.Module):
    def forward(self, sound: Tensor) -> Tensor:
        return torch.fft.rfft(sound).abs()


model = Spectrum().eval()
sound = torch.rand(2, 64)
# --8<-- [end:model]

try:
    # --8<-- [start:fails]
    torch.onnx.export(model, (sound,), "old.onnx", dynamo=False)
    # --8<-- [end:fails]
except Exception as error:
    print(error)


# --8<-- [start:attention]
class Attention(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.scaled_dot_product_attention(x, x, x)


tokens = torch.rand(1, 2, 4, 8)
# --8<-- [end:attention]

try:
    # --8<-- [start:opset]
    torch.onnx.export(
        Attention().eval(),
        (tokens,),
        "attention.onnx",
        dynamo=False,
        opset_version=13,
    )
    # --8<-- [end:opset]
except Exception as error:
    print(error)

# --8<-- [start:fix]
import onnxruntime

batch = torch.export.Dim("batch")
torch.onnx.export(
    model,
    (sound,),
    "new.onnx",
    dynamic_shapes=({0: batch},),
    external_data=False,
    verbose=False,
)

more = torch.rand(5, 64)
session = onnxruntime.InferenceSession("new.onnx")
[spectrum] = session.run(None, {"sound": more.numpy()})
difference = (torch.from_numpy(spectrum) - model(more)).abs().max()
print(f"{tuple(spectrum.shape)}, largest difference below 1e-4:", end=" ")
print(difference.item() < 1e-4)
# --8<-- [end:fix]


# --8<-- [start:rewrite]
class MatrixSpectrum(nn.Module):
    """The same by a matrix product: for short, fixed lengths."""

    def __init__(self, length: int) -> None:
        super().__init__()
        basis = torch.fft.rfft(torch.eye(length))
        self.register_buffer("real", basis.real.contiguous())
        self.register_buffer("imaginary", basis.imag.contiguous())

    def forward(self, sound: Tensor) -> Tensor:
        real, imaginary = sound @ self.real, sound @ self.imaginary
        return (real.square() + imaginary.square()).sqrt()


rewritten = MatrixSpectrum(64).eval()
difference = (rewritten(more) - model(more)).abs().max()
print("largest difference below 1e-4:", difference.item() < 1e-4)
# --8<-- [end:rewrite]

# --8<-- [start:rewrite-export]
torch.onnx.export(rewritten, (sound,), "rewritten.onnx", dynamo=False)
# --8<-- [end:rewrite-export]


# --8<-- [start:checkpoint]
from torch.utils.checkpoint import checkpoint


class Block(nn.Module):
    """A layer with gradient checkpointing."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(64, 64)

    def forward(self, x: Tensor) -> Tensor:
        return checkpoint(self.layer, x, use_reentrant=True)


block = Block().eval()
# --8<-- [end:checkpoint]
try:
    # --8<-- [start:map]
    torch.onnx.export(block, (sound,), "block.onnx", dynamo=False)
    # --8<-- [end:map]
except RuntimeError as error:
    print(error)

# --8<-- [start:map-fix]
torch.onnx.export(
    block, (sound,), "block.onnx", external_data=False, verbose=False
)
session = onnxruntime.InferenceSession("block.onnx")
[y] = session.run(None, {"x": sound.numpy()})
print(torch.allclose(torch.from_numpy(y), block(sound), atol=1e-5))
# --8<-- [end:map-fix]
