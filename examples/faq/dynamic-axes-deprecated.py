# --8<-- [start:net]
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(
    nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4)
).eval()
features = torch.randn(2, 8)
# --8<-- [end:net]

# --8<-- [start:old]
torch.onnx.export(
    model,
    (features,),
    "old.onnx",
    input_names=["features"],
    dynamic_axes={"features": {0: "batch"}},
    verbose=False,
)
# --8<-- [end:old]

# --8<-- [start:fix]
import onnxruntime

batch = torch.export.Dim("batch", min=1, max=64)
torch.onnx.export(
    model,
    (features,),
    "model.onnx",
    input_names=["features"],
    dynamic_shapes=({0: batch},),
    external_data=False,
    verbose=False,
)
session = onnxruntime.InferenceSession("model.onnx")
print(session.get_inputs()[0].shape)
for n in (1, 2, 64):
    rows = torch.zeros(n, 8).numpy()
    (logits,) = session.run(None, {"features": rows})
    print(logits.shape)
# --8<-- [end:fix]

# --8<-- [start:image]
height = torch.export.Dim("height", min=32, max=1024)
width = torch.export.Dim("width", min=32, max=1024)
cnn = nn.Sequential(
    nn.Conv2d(3, 8, 3, stride=2), nn.ReLU(),
    nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 4),
).eval()
torch.onnx.export(
    cnn,
    (torch.rand(2, 3, 64, 96),),
    "cnn.onnx",
    input_names=["image"],
    dynamic_shapes=({0: batch, 2: height, 3: width},),
    external_data=False,
    verbose=False,
)
session = onnxruntime.InferenceSession("cnn.onnx")
print(session.get_inputs()[0].shape)
for shape in ((1, 3, 480, 640), (4, 3, 333, 57)):
    images = torch.rand(shape).numpy()
    print(session.run(None, {"image": images})[0].shape)
# --8<-- [end:image]


# --8<-- [start:one]
class Squeeze(nn.Module):
    """Leaves out the batch if there is one row."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.squeeze(0) if x.shape[0] == 1 else x


def shape_in_file(example: torch.Tensor) -> list:
    torch.onnx.export(
        Squeeze().eval(),
        (example,),
        "squeeze.onnx",
        dynamic_shapes=({0: batch},),
        external_data=False,
        verbose=False,
    )
    return onnxruntime.InferenceSession("squeeze.onnx").get_inputs()[0].shape


print("one row: ", shape_in_file(torch.ones(1, 3)))
print("two rows:", shape_in_file(torch.ones(2, 3)))
# --8<-- [end:one]
