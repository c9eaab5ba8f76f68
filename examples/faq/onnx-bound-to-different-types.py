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


# --8<-- [start:einsum]
onnxruntime.InferenceSession("angles.onnx", **ORT)
# --8<-- [end:einsum]


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

onnxruntime.InferenceSession("naive.onnx", **ORT)
# --8<-- [end:naive]


# --8<-- [start:find]
def find_mixed(model: onnx.ModelProto) -> None:
    """Print the first node whose inputs do not agree, with types."""
    try:
        onnx.shape_inference.infer_shapes(model, strict_mode=True)
    except onnx.shape_inference.InferenceError as error:
        print(str(error).splitlines()[0])
    names = {n: i.data_type for i in model.graph.initializer
             for n in [i.name]}
    for node in model.graph.node:
        kinds = [onnx.TensorProto.DataType.Name(names[name])
                 for name in node.input if name in names]
        if kinds:
            print(node.op_type, node.name, kinds)


find_mixed(naive)
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
print(f"exported from half: {exported:.4f}")
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
for name, graph in [("whole:", converted), ("partly:", partly)]:
    print(name, ", ".join(node.op_type for node in graph.graph.node))
# --8<-- [end:converter]


# --8<-- [start:blocked]
bare = onnx.load("float32.onnx")
del bare.graph.value_info[:]
blocked = convert_float_to_float16(bare, op_block_list=["Mul"],
                                   disable_shape_infer=True)
onnx.save(blocked, "blocked.onnx")
onnxruntime.InferenceSession("blocked.onnx", **ORT)
# --8<-- [end:blocked]
