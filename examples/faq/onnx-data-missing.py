"""External data path does not exist: model.onnx.data."""
# --8<-- [start:reproduce]
import shutil
from pathlib import Path

import onnxruntime
import torch

model = torch.nn.Linear(64, 16).eval()
torch.onnx.export(
    model, (torch.zeros(2, 64),), "model.onnx", verbose=False
)
print(sorted(path.name for path in Path(".").glob("*.onnx*")))

server = Path("server")
server.mkdir()
shutil.copy("model.onnx", server)  # and model.onnx.data stays behind
# --8<-- [end:reproduce]

try:
    # --8<-- [start:fail]
    onnxruntime.InferenceSession("server/model.onnx")
    # --8<-- [end:fail]
except Exception as error:
    print(error)

# --8<-- [start:one-file]
torch.onnx.export(
    model,
    (torch.zeros(2, 64),),
    "server/model.onnx",
    external_data=False,
    verbose=False,
)
session = onnxruntime.InferenceSession("server/model.onnx")
print([path.name for path in server.iterdir()])
print(session.run(None, {"input": torch.ones(2, 64).numpy()})[0].shape)
# --8<-- [end:one-file]

# --8<-- [start:merge]
import onnx

merged = onnx.load("model.onnx")  # reads model.onnx.data beside it
onnx.save(merged, "merged.onnx")
Path("model.onnx.data").unlink()
print(len(onnxruntime.InferenceSession("merged.onnx").get_inputs()))
# --8<-- [end:merge]
