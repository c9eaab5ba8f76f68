"""Could not find an implementation for ConvInteger(10)"""
# --8<-- [start:model]
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

random = np.random.default_rng(0)


def write_cnn(path: str, number: type = np.float32) -> None:
    """A convolution and a classifier for pictures of 8 by 8."""
    kernel = random.normal(size=(8, 3, 3, 3)).astype(number)
    weight = random.normal(size=(8 * 6 * 6, 10)).astype(number)
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(number))
    images, logits = ["batch", 3, 8, 8], ["batch", 10]
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["images", "kernel"], ["c"], name="conv"),
            helper.make_node("Flatten", ["c"], ["f"]),
            helper.make_node("MatMul", ["f", "weight"], ["logits"]),
        ],
        "cnn",
        [helper.make_tensor_value_info("images", kind, images)],
        [helper.make_tensor_value_info("logits", kind, logits)],
        [
            numpy_helper.from_array(kernel, "kernel"),
            numpy_helper.from_array(weight, "weight"),
        ],
    )
    opset = [helper.make_opsetid("", 17)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=9)
    onnx.save(model, path)


write_cnn("cnn.onnx")
# --8<-- [end:model]

# --8<-- [start:quantize]
from collections import Counter

from onnxruntime.quantization import quantize_dynamic

quantize_dynamic("cnn.onnx", "default.onnx")
quantized = onnx.load("default.onnx").graph
operators = Counter(node.op_type for node in quantized.node)
print({n: c for n, c in operators.items() if n.endswith("Integer")})
for tensor in quantized.initializer:
    if tensor.name.endswith("_quantized"):
        print(tensor.name, TensorProto.DataType.Name(tensor.data_type))
# --8<-- [end:quantize]

# --8<-- [start:double]
import onnxruntime

write_cnn("double.onnx", np.float64)
# --8<-- [end:double]

try:
    # --8<-- [start:fails]
    onnxruntime.InferenceSession("double.onnx")
    # --8<-- [end:fails]
except Exception as error:
    print(error)

# --8<-- [start:fix]
from onnxruntime.quantization import QuantType

quantize_dynamic(
    "cnn.onnx", "unsigned.onnx", weight_type=QuantType.QUInt8
)
quantize_dynamic(
    "cnn.onnx",
    "without-conv.onnx",
    weight_type=QuantType.QUInt8,
    op_types_to_quantize=["MatMul"],
)

images = random.random((64, 3, 8, 8), dtype=np.float32)


def run(path: str) -> np.ndarray:
    return onnxruntime.InferenceSession(path).run(None, {"images": images})[0]


expected = run("cnn.onnx")
for path in ("unsigned.onnx", "without-conv.onnx"):
    error = abs(run(path) - expected).max() / abs(expected).max()
    types = {node.op_type for node in onnx.load(path).graph.node}
    print(f"{path:18} ConvInteger: {'ConvInteger' in types!s:5}", end=" ")
    print(f"error below 5%: {error < 0.05}")
# --8<-- [end:fix]
