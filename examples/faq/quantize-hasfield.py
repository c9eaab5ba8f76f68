# --8<-- [start:model]
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

random = np.random.default_rng(0)


def weight(name: str, *shape: int) -> TensorProto:
    numbers = random.normal(size=shape) / 8
    return numpy_helper.from_array(numbers.astype(np.float32), name)


def rows(name: str, width: int) -> onnx.ValueInfoProto:
    shape = ["batch", width]
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


fused = helper.make_node(
    "BiasGelu", ["hidden", "b1"], ["active"], domain="com.microsoft"
)
graph = helper.make_graph(
    [
        helper.make_node("MatMul", ["rows", "w1"], ["hidden"]),
        fused,
        helper.make_node("MatMul", ["active", "w2"], ["scores"]),
        helper.make_node("Add", ["scores", "b2"], ["logits"]),
    ],
    "optimized",
    [rows("rows", 64)],
    [rows("logits", 10)],
    [
        weight("w1", 64, 64),
        weight("b1", 64),
        weight("w2", 64, 10),
        weight("b2", 10),
    ],
)
opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
onnx.save(
    helper.make_model(graph, opset_imports=opsets, ir_version=9),
    "model_optimized.onnx",
)
# --8<-- [end:model]

# --8<-- [start:import]
from onnxruntime.quantization import quantize_dynamic

# --8<-- [end:import]
try:
    # --8<-- [start:fails]
    quantize_dynamic("model_optimized.onnx", "quantized.onnx")
    # --8<-- [end:fails]
except RuntimeError as error:
    print(error)

# --8<-- [start:types]
model = onnx.shape_inference.infer_shapes(onnx.load("model_optimized.onnx"))
known = {value.name for value in model.graph.value_info}
known |= {value.name for value in model.graph.output}
for node in model.graph.node:
    domain = node.domain or "ai.onnx"
    print(f"{domain:14} {node.op_type:9} {node.output[0] in known}")
# --8<-- [end:types]

# --8<-- [start:pre-process]
from onnxruntime.quantization.shape_inference import quant_pre_process

quant_pre_process("model_optimized.onnx", "prepared.onnx")
quantize_dynamic("prepared.onnx", "quantized.onnx")
# --8<-- [end:pre-process]

# --8<-- [start:check]
import onnxruntime

samples = random.normal(size=(50, 64)).astype(np.float32)


def run(file: str) -> np.ndarray:
    session = onnxruntime.InferenceSession(file)
    return session.run(None, {"rows": samples})[0]


def report(file: str) -> None:
    """Print what was quantized, and the error that it brought."""
    names = [node.op_type for node in onnx.load(file).graph.node]
    expected = run("model_optimized.onnx")
    error = np.abs(run(file) - expected).max() / np.abs(expected).max()
    print(names.count("MatMulInteger"), "of 2, error below 5 %:", error < 0.05)


report("quantized.onnx")
# --8<-- [end:check]

# --8<-- [start:default]
quantize_dynamic(
    "model_optimized.onnx",
    "quantized.onnx",
    extra_options={"DefaultTensorType": TensorProto.FLOAT},
)
report("quantized.onnx")
# --8<-- [end:default]
