"""Missing required scale: quantized weights outside of an If"""
# --8<-- [start:model]
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

rng = np.random.default_rng(0)
weight = rng.integers(0, 255, (64, 64), dtype=np.uint8)
initializers = [
    numpy_helper.from_array(weight, "weight_quantized"),
    numpy_helper.from_array(np.float32(0.02), "weight_scale"),
    numpy_helper.from_array(np.uint8(128), "weight_zero_point"),
]


def value(
    name: str, shape: list[int | None], kind: int = TensorProto.FLOAT
) -> onnx.ValueInfoProto:
    """A tensor that goes in or comes out."""
    return helper.make_tensor_value_info(name, kind, shape)


def branch(name: str, own: list[TensorProto]) -> onnx.GraphProto:
    """One way through the decoder: weights transposed, x multiplied."""
    t, w, y = f"{name}_t", f"{name}_w", f"{name}_y"
    scaled = [t, "weight_scale", "weight_zero_point"]
    nodes = [
        helper.make_node("Transpose", ["weight_quantized"], [t]),
        helper.make_node("DequantizeLinear", scaled, [w], f"{name}_DQ"),
        helper.make_node("MatMul", ["x", w], [y]),
    ]
    return helper.make_graph(nodes, name, [], [value(y, [None, 64])], own)


def build(inside: bool) -> onnx.ModelProto:
    """A merged decoder, with its weights inside of the branches or around."""
    own = initializers if inside else []
    choice = helper.make_node(
        "If", ["use_cache"], ["y"],
        then_branch=branch("with_cache", own),
        else_branch=branch("without_cache", own),
    )
    flag = value("use_cache", [], TensorProto.BOOL)
    around = [] if inside else initializers
    graph = helper.make_graph(
        [choice], "merged", [value("x", [None, 64]), flag],
        [value("y", [None, 64])], around,
    )
    opset = [helper.make_opsetid("", 17)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=8)
    onnx.checker.check_model(model)
    return model


model = build(inside=False)
# --8<-- [end:model]

try:
    # --8<-- [start:load]
    onnxruntime.InferenceSession(model.SerializeToString())
    # --8<-- [end:load]
except Exception as error:
    print(error)

# --8<-- [start:inside]
onnxruntime.InferenceSession(build(inside=True).SerializeToString())
print("loads")
# --8<-- [end:inside]

# --8<-- [start:without]
options = onnxruntime.SessionOptions()
options.add_session_config_entry("session.disable_quant_qdq", "1")
session = onnxruntime.InferenceSession(model.SerializeToString(), options)

x = rng.random((2, 64), dtype=np.float32)
feeds = {"x": x, "use_cache": np.array(True)}
(answer,) = session.run(None, feeds)
expected = x @ ((weight.T.astype(np.float32) - 128) * np.float32(0.02))
print(f"largest difference: {abs(answer - expected).max():.0e}")
# --8<-- [end:without]


# --8<-- [start:find]
def find_outer(
    graph: onnx.GraphProto, outer: frozenset[str] = frozenset()
) -> list[str]:
    """DequantizeLinear nodes whose scale is in an outer graph."""
    own = frozenset(tensor.name for tensor in graph.initializer)
    found = []
    for node in graph.node:
        if node.op_type == "DequantizeLinear" and node.input[1] in outer - own:
            found.append(node.name)
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                found += find_outer(attribute.g, outer | own)
    return found


print(find_outer(model.graph))
# --8<-- [end:find]
