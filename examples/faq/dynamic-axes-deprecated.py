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
