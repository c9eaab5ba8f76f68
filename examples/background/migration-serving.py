# --8<-- [start:net]
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(
    nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4)
).eval()
example = torch.randn(2, 8)
with torch.inference_mode():
    expected = model(example)
# --8<-- [end:net]

# --8<-- [start:axes-old]
torch.onnx.export(
    model,
    (example,),
    "old.onnx",
    input_names=["features"],
    dynamic_axes={"features": {0: "batch"}},
    verbose=False,
)
# --8<-- [end:axes-old]

# --8<-- [start:legacy-old]
torch.onnx.export(
    model, (example,), "legacy.onnx", dynamo=False, verbose=False
)
# --8<-- [end:legacy-old]

# --8<-- [start:opset-old]
import onnx

torch.onnx.export(
    model, (example,), "eleven.onnx", opset_version=11, verbose=False
)
print(onnx.load("eleven.onnx").opset_import[0].version)
# --8<-- [end:opset-old]

try:
    # --8<-- [start:outputs-old]
    torch.onnx.export(
        model, (example,), "old.onnx", example_outputs=expected
    )
    # --8<-- [end:outputs-old]
except TypeError as error:
    print(error)

try:
    # --8<-- [start:fallback-old]
    torch.onnx.export(model, (example,), "old.onnx", fallback=True)
    # --8<-- [end:fallback-old]
except TypeError as error:
    print(error)

try:
    # --8<-- [start:dynamo-old]
    torch.onnx.dynamo_export(model, example)
    # --8<-- [end:dynamo-old]
except AttributeError as error:
    print(error)

# --8<-- [start:onnx-new]
import numpy as np
import onnxruntime

batch = torch.export.Dim("batch", min=1, max=64)
torch.onnx.export(
    model,
    (example,),
    "model.onnx",
    input_names=["features"],
    output_names=["logits"],
    dynamic_shapes=({0: batch},),
    opset_version=20,
    external_data=False,
    verbose=False,
)
saved = onnx.load("model.onnx")
session = onnxruntime.InferenceSession("model.onnx")
(logits,) = session.run(None, {"features": example.numpy()})
(one,) = session.run(None, {"features": example[:1].numpy()})
print("opset", saved.opset_import[0].version)
print(session.get_inputs()[0].shape, one.shape)
print(np.allclose(logits, expected.numpy(), atol=1e-5))
# --8<-- [end:onnx-new]

# --8<-- [start:amp-old]
with torch.cuda.amp.autocast():
    model(example)
# --8<-- [end:amp-old]

# --8<-- [start:amp-new]
with torch.inference_mode():
    with torch.amp.autocast("cpu", dtype=torch.bfloat16):
        print(model(example).dtype)
# --8<-- [end:amp-new]

# --8<-- [start:default-old]
torch.set_default_tensor_type(torch.DoubleTensor)
# --8<-- [end:default-old]

# --8<-- [start:default-new]
torch.set_default_dtype(torch.float32)
print(torch.zeros(1).dtype)
# --8<-- [end:default-new]

# --8<-- [start:event-old]
from fastapi import FastAPI

old_app = FastAPI()


@old_app.on_event("startup")
def load_model() -> None:
    old_app.state.model = model
# --8<-- [end:event-old]


# --8<-- [start:event-new]
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi.testclient import TestClient


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.model = model  # load and warm up here
    app.state.model(example)
    yield
    del app.state.model


app = FastAPI(lifespan=lifespan)


@app.get("/readyz")
def ready() -> dict[str, bool]:
    return {"ready": hasattr(app.state, "model")}


with TestClient(app) as client:
    print(client.get("/readyz").json())
print(ready())
# --8<-- [end:event-new]
