# --8<-- [start:export]
import numpy as np
import onnxruntime
import torch
from torch import nn

model = nn.Linear(4, 3).eval()
torch.onnx.export(
    model, (torch.zeros(2, 4),), "fixed.onnx",
    input_names=["pixels"], external_data=False, verbose=False,
)
session = onnxruntime.InferenceSession("fixed.onnx")
wanted = session.get_inputs()[0]
print(wanted.name, wanted.shape, wanted.type)
# --8<-- [end:export]

try:
    # --8<-- [start:dimensions]
    session.run(None, {"pixels": np.zeros((3, 4), np.float32)})
    # --8<-- [end:dimensions]
except Exception as error:
    print(error)

try:
    # --8<-- [start:rank]
    session.run(None, {"pixels": np.zeros(4, np.float32)})
    # --8<-- [end:rank]
except Exception as error:
    print(error)

try:
    # --8<-- [start:dtype]
    session.run(None, {"pixels": np.zeros((2, 4))})
    # --8<-- [end:dtype]
except Exception as error:
    print(error)

# --8<-- [start:fix]
batch = torch.export.Dim("batch", min=1, max=64)
torch.onnx.export(
    model, (torch.zeros(2, 4),), "any.onnx", input_names=["pixels"],
    dynamic_shapes=({0: batch},), external_data=False, verbose=False,
)
session = onnxruntime.InferenceSession("any.onnx")
wanted = session.get_inputs()[0]
print(wanted.name, wanted.shape, wanted.type)
for rows in (3, 1):
    pixels = np.asarray([[0.1, 0.2, 0.3, 0.4]] * rows, dtype=np.float32)
    print(session.run(None, {"pixels": pixels})[0].shape)
# --8<-- [end:fix]

# --8<-- [start:load]
from onnx import parser

parts = parser.parse_model("""
    <ir_version: 9, opset_import: ["": 17]>
    net (float[n, 6] x) => (float[n, 6] y)
    <float[5] scale = {1, 1, 1, 1, 1}>
    { doubled = Add(x, x)  y = Mul(doubled, scale) }
""")
for number, node in enumerate(parts.graph.node):
    node.name = f"node_{number}"
# --8<-- [end:load]

try:
    # --8<-- [start:refused]
    onnxruntime.InferenceSession(parts.SerializeToString())
    # --8<-- [end:refused]
except Exception as error:
    print(error)

# --8<-- [start:inputs]
import onnx


def sizes(model: onnx.ModelProto, name: str) -> dict[str, list[object]]:
    """What goes into the node of that name, with its shape."""
    graph = onnx.shape_inference.infer_shapes(model).graph
    known = {tensor.name: list(tensor.dims) for tensor in graph.initializer}
    for value in [*graph.input, *graph.value_info]:
        dims = value.type.tensor_type.shape.dim
        known[value.name] = [d.dim_param or d.dim_value for d in dims]
    (node,) = (node for node in graph.node if node.name == name)
    return {source: known.get(source, ["unknown"]) for source in node.input}


print(sizes(parts, "node_1"))
# --8<-- [end:inputs]
