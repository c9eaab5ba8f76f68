# --8<-- [start:train]
import numpy as np
import onnxruntime
import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn

torch.manual_seed(0)
digits = load_digits()
pixels = torch.from_numpy(digits.data).float()  # 0 to 16
labels = torch.from_numpy(digits.target)
mean, deviation = pixels.mean(0), pixels.std(0) + 1

net = nn.Sequential(nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 10))
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for _ in range(60):
    loss = nn.functional.cross_entropy(
        net((pixels[:1200] - mean) / deviation), labels[:1200]
    )
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
net.eval()
# --8<-- [end:train]

# --8<-- [start:serve]
test, truth = pixels[1200:], labels[1200:].numpy()


def to_onnx(model: nn.Module, file: str) -> onnxruntime.InferenceSession:
    rows = torch.export.Dim("rows", min=1, max=1024)
    torch.onnx.export(
        model, (test[:2],), file, input_names=["pixels"],
        dynamic_shapes=({0: rows},), external_data=False, verbose=False,
    )
    return onnxruntime.InferenceSession(file)


def accuracy(logits: np.ndarray) -> float:
    return float((logits.argmax(1) == truth).mean())


session = to_onnx(net, "net.onnx")
with torch.inference_mode():
    expected = net((test - mean) / deviation).numpy()
served = session.run(None, {"pixels": 16 * test.numpy()})[0]
print(f"torch: {accuracy(expected):.2f}")
print(f"onnx:  {accuracy(served):.2f}")
# --8<-- [end:serve]

# --8<-- [start:parity]
same = ((test - mean) / deviation).numpy()
logits = session.run(None, {"pixels": same})[0]
print("logits agree:", np.allclose(logits, expected, atol=1e-4))
# --8<-- [end:parity]

# --8<-- [start:fix]
class Digits(nn.Module):
    """Pixels from 0 to 16, as they come, (n, 64) -> logits (n, 10)."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net
        self.register_buffer("mean", mean)
        self.register_buffer("deviation", deviation)

    def forward(self, pixels: Tensor) -> Tensor:
        return self.net((pixels - self.mean) / self.deviation)


model = Digits(net).eval()
session = to_onnx(model, "digits.onnx")
with torch.inference_mode():
    print(f"torch: {accuracy(model(test).numpy()):.2f}")
served = session.run(None, {"pixels": test.numpy()})[0]
print(f"onnx:  {accuracy(served):.2f}")
# --8<-- [end:fix]


# --8<-- [start:tf32]
def to_tf32(numbers: Tensor) -> Tensor:
    """Round float32 to the 10 bits of mantissa that TF32 keeps."""
    half = 1 << 12  # of the 13 bits that are dropped
    return ((numbers.view(torch.int32) + half) & ~8191).view(torch.float32)


standard = (test - mean) / deviation
with torch.inference_mode():
    first, _, last = net
    hidden = torch.tanh(
        to_tf32(standard) @ to_tf32(first.weight).T + first.bias
    )
    rounded = to_tf32(hidden) @ to_tf32(last.weight).T + last.bias
largest = np.abs(expected).max()
float32_error = np.abs(logits - expected).max() / largest
tf32_error = np.abs(rounded.numpy() - expected).max() / largest
print("float32: below 1e-5 of the largest logit:", float32_error < 1e-5)
print("TF32:    above 1e-4 of the largest logit:", tf32_error > 1e-4)
# --8<-- [end:tf32]

# --8<-- [start:cuda]
session = onnxruntime.InferenceSession(
    "net.onnx", providers=[("CUDAExecutionProvider", {"use_tf32": 0})]
)
# --8<-- [end:cuda]
