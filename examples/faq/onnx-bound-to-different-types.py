# --8<-- [start:promote]
import onnx
import onnxruntime
import torch
from torch import Tensor, nn

ORT = {"providers": ["CPUExecutionProvider"]}


class Positions(nn.Module):
    """Angles of positions; the frequencies are in float64."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("frequencies",
                             torch.arange(4, dtype=torch.float64))

    def forward(self, places: Tensor) -> Tensor:
        return torch.einsum("n,d->nd", places, self.frequencies)


places = torch.arange(3, dtype=torch.float16)
model = Positions().eval()
print("PyTorch:", model(places).dtype)
torch.onnx.export(model, (places,), "angles.onnx", verbose=False)
# --8<-- [end:promote]


try:
    # --8<-- [start:einsum]
    onnxruntime.InferenceSession("angles.onnx", **ORT)
    # --8<-- [end:einsum]
except Exception as error:
    print(error)


# --8<-- [start:cast]
class Cast(Positions):
    """The same, with one type on both sides."""

    def forward(self, places: Tensor) -> Tensor:
        return torch.einsum("n,d->nd", places,
                            self.frequencies.to(places.dtype))


torch.onnx.export(Cast().eval(), (places,), "cast.onnx", verbose=False)
session = onnxruntime.InferenceSession("cast.onnx", **ORT)
print(session.run(None, {"places": places.numpy()})[0].dtype)
# --8<-- [end:cast]


# --8<-- [start:network]
class Network(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)
        self.scale = nn.Parameter(torch.tensor([0.5, 1.0, 2.0, 4.0]))

    def forward(self, x: Tensor) -> Tensor:
        return torch.softmax(self.layer(x) * self.scale, -1)


torch.manual_seed(0)
network, x = Network().eval(), torch.rand(2, 4)
torch.onnx.export(network, (x,), "float32.onnx", verbose=False)
float32 = onnx.load("float32.onnx")
# --8<-- [end:network]


# --8<-- [start:naive]
import numpy as np
from onnx import numpy_helper

naive = onnx.load("float32.onnx")
for weight in naive.graph.initializer:
    if weight.name != "scale":  # one that the script does not know
        half = numpy_helper.to_array(weight).astype(np.float16)
        weight.CopyFrom(numpy_helper.from_array(half, weight.name))
for value in [*naive.graph.input, *naive.graph.output]:
    value.type.tensor_type.elem_type = onnx.TensorProto.FLOAT16
del naive.graph.value_info[:]
onnx.save(naive, "naive.onnx")
# --8<-- [end:naive]

try:
    # --8<-- [start:load]
    onnxruntime.InferenceSession("naive.onnx", **ORT)
    # --8<-- [end:load]
except Exception as error:
    print(error)


# --8<-- [start:find]
def print_input_types(path: str, name: str) -> None:
    """Print the type of each input of one node."""
    graph = onnx.shape_inference.infer_shapes(onnx.load(path)).graph
    types = {value.name: value.type.tensor_type.elem_type
             for value in [*graph.input, *graph.value_info]}
    types |= {value.name: value.data_type for value in graph.initializer}
    node = next(node for node in graph.node if node.name == name)
    print(node.op_type, {
        value: onnx.TensorProto.DataType.Name(types.get(value, 0))
        for value in node.input})


print_input_types("angles.onnx", "node_einsum")
print_input_types("naive.onnx", "node_mul")
# --8<-- [end:find]


# --8<-- [start:half]
half = Network().eval()
half.load_state_dict(network.state_dict())
torch.onnx.export(half.half(), (x.half(),), "half.onnx", verbose=False)


def compare(path: str, data: np.ndarray) -> float:
    """Return the largest difference from PyTorch in float32."""
    session = onnxruntime.InferenceSession(path, **ORT)
    output = session.run(None, {"x": data})[0]
    return float(np.abs(output - network(x).detach().numpy()).max())


exported = compare("half.onnx", x.half().numpy())
print("off by less than 0.001:", exported < 0.001)
# --8<-- [end:half]


# --8<-- [start:converter]
from onnxruntime.transformers.float16 import convert_float_to_float16

converted = convert_float_to_float16(onnx.load("float32.onnx"),
                                     keep_io_types=True)
onnx.save(converted, "converted.onnx")
whole = compare("converted.onnx", x.numpy())

partly = convert_float_to_float16(onnx.load("float32.onnx"),
                                  keep_io_types=True,
                                  op_block_list=["Softmax"])
onnx.save(partly, "partly.onnx")
without_softmax = compare("partly.onnx", x.numpy())
print("off by less than 0.001:", max(whole, without_softmax) < 0.001)
for graph in [converted.graph, partly.graph]:
    print(", ".join(node.op_type for node in graph.node))
# --8<-- [end:converter]


# --8<-- [start:blocked]
bare = onnx.load("float32.onnx")
del bare.graph.value_info[:]
blocked = convert_float_to_float16(bare, op_block_list=["Mul"],
                                   disable_shape_infer=True)
onnx.save(blocked, "blocked.onnx")
# --8<-- [end:blocked]

try:
    # --8<-- [start:load-blocked]
    onnxruntime.InferenceSession("blocked.onnx", **ORT)
    # --8<-- [end:load-blocked]
except Exception as error:
    print(error)


# --8<-- [start:check]
onnx.checker.check_model("naive.onnx")
print("by default: accepted")
try:
    onnx.checker.check_model("naive.onnx", full_check=True)
except onnx.shape_inference.InferenceError as error:
    print("full_check:", str(error).split("] ", 1)[1])
# --8<-- [end:check]

# --8<-- [start:invalid]
from onnx import parser

narrowed = parser.parse_model("""
    <ir_version: 9, opset_import: ["": 17]>
    net (float[n, 6] x) => (float[a, b, c] y)
    <int32[3] shape = {-1, 2, 3}>
    { y = Reshape(x, shape) }
""")
narrowed.graph.node[0].name = "reshape_1"
# --8<-- [end:invalid]

try:
    # --8<-- [start:invalid-load]
    onnxruntime.InferenceSession(narrowed.SerializeToString())
    # --8<-- [end:invalid-load]
except Exception as error:
    print(error)

# --8<-- [start:widen]
def allowed(node: onnx.NodeProto, opset: int) -> list[set[str]]:
    """The types that each input of this operator may have."""
    schema = onnx.defs.get_schema(node.op_type, opset)
    return [set(formal.types) for formal in schema.inputs]


node = narrowed.graph.node[0]
print(node.op_type, "takes a shape of", allowed(node, 17)[1])
for tensor in narrowed.graph.initializer:
    if tensor.name == node.input[1]:
        shape = onnx.numpy_helper.to_array(tensor).astype(np.int64)
        tensor.CopyFrom(onnx.numpy_helper.from_array(shape, tensor.name))
session = onnxruntime.InferenceSession(narrowed.SerializeToString())
print(session.run(None, {"x": np.ones((4, 6), np.float32)})[0].shape)
# --8<-- [end:widen]
