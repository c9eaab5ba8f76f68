"""Fatal error: shop:HalfUp(-1) is not a registered function/op"""
# --8<-- [start:model]
import numpy as np
import onnx
import onnxruntime

GRAPH = """
<ir_version: 10, opset_import: ["" : 18, "shop" : 1]>
net (float[batch, 4] x) => (float[batch, 4] y) { y = shop.HalfUp(x) }"""


def load(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
# --8<-- [end:model]

try:
    # --8<-- [start:fails]
    load(onnx.parser.parse_model(GRAPH))
    # --8<-- [end:fails]
except Exception as error:
    print(error)

# --8<-- [start:list]
from collections import Counter


def foreign(model: onnx.ModelProto) -> dict[str, int]:
    """Operators that are neither ONNX's nor defined in the model."""
    own = {(f.domain, f.name) for f in model.functions}
    return Counter(
        f"{node.domain}:{node.op_type}"
        for node in model.graph.node
        if (node.domain, node.op_type) not in own
        and not onnx.defs.has(node.op_type, node.domain)
    )


print(dict(foreign(onnx.parser.parse_model(GRAPH))))
# --8<-- [end:list]

# --8<-- [start:fix]
FUNCTION = """
<domain: "shop", opset_import: ["" : 18]>
HalfUp (x) => (y) {
    half = Constant <value = float {0.5}> ()
    raised = Add(x, half)
    y = Floor(raised)
}"""
model = onnx.parser.parse_model(GRAPH + FUNCTION)
x = np.array([[0.4, 0.5, 1.5, -0.5]], np.float32)
print(dict(foreign(model)), load(model).run(None, {"x": x})[0].tolist())
# --8<-- [end:fix]

try:
    # --8<-- [start:domain]
    net = "net (float[2] x) => (float[2] y) { y = Swish(x) }"
    header = '<ir_version: 10, opset_import: ["" : 18]>'
    load(onnx.parser.parse_model(header + net))
    # --8<-- [end:domain]
except Exception as error:
    print(error)
