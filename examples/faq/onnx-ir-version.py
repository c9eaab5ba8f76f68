# --8<-- [start:make]
import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper


def doubled(ir_version: int) -> onnx.ModelProto:
    """x + x, declared in the given version of ONNX's file format."""
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [2])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [2])
    node = helper.make_node("Add", ["x", "x"], ["y"])
    graph = helper.make_graph([node], "double", [x], [y])
    opset = helper.make_opsetid("", 20)
    return helper.make_model(
        graph, ir_version=ir_version, opset_imports=[opset]
    )


onnx.save(doubled(99), "newer.onnx")
# --8<-- [end:make]

try:
    # --8<-- [start:reproduce]
    onnxruntime.InferenceSession("newer.onnx")
    # --8<-- [end:reproduce]
except Exception as error:
    print(error)

# --8<-- [start:look]
model = onnx.load("newer.onnx")
print("file format:", model.ir_version)
print("operators:  ", [(o.domain, o.version) for o in model.opset_import])
# --8<-- [end:look]

# --8<-- [start:fix]
onnx.save(doubled(10), "older.onnx")
session = onnxruntime.InferenceSession("older.onnx")
[answer] = session.run(None, {"x": numpy.array([1, 2], dtype="float32")})
print(answer)
# --8<-- [end:fix]

# --8<-- [start:relabel]
model.ir_version = 10
onnx.checker.check_model(model)
onnx.save(model, "relabeled.onnx")
session = onnxruntime.InferenceSession("relabeled.onnx")
print(session.run(None, {"x": numpy.array([1, 2], dtype="float32")})[0])
# --8<-- [end:relabel]
