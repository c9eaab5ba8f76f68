"""Failed to create CUDAExecutionProvider"""
# --8<-- [start:model]
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

weight = np.random.default_rng(0).normal(size=(4, 3))
graph = helper.make_graph(
    [helper.make_node("MatMul", ["rows", "weight"], ["logits"])],
    "classifier",
    [helper.make_tensor_value_info("rows", TensorProto.FLOAT, [None, 4])],
    [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [None, 3])],
    [numpy_helper.from_array(weight.astype(np.float32), "weight")],
)
opset = [helper.make_opsetid("", 17)]
onnx.save(
    helper.make_model(graph, opset_imports=opset, ir_version=9),
    "model.onnx",
)
# --8<-- [end:model]

# --8<-- [start:silent]
import warnings

import onnxruntime

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    session = onnxruntime.InferenceSession(
        "model.onnx", providers=["CUDAExecutionProvider"]
    )
print("warning:", str(caught[0].message).split(".")[0])
print("runs on:", session.get_providers())
# --8<-- [end:silent]

# --8<-- [start:installed]
from importlib.metadata import distributions

names = {d.metadata["Name"].lower() for d in distributions()}
print(sorted(n for n in names if n.startswith("onnxruntime")))
found = "CUDAExecutionProvider" in onnxruntime.get_available_providers()
print("built with CUDA:", found)
# --8<-- [end:installed]


# --8<-- [start:gate]
def open_session(
    path: str, provider: str
) -> onnxruntime.InferenceSession:
    """A session that runs on `provider`, or an error."""
    session = onnxruntime.InferenceSession(path, providers=[provider])
    used = session.get_providers()[0]
    if used != provider:
        raise RuntimeError(f"asked for {provider}, got {used}")
    return session


print(open_session("model.onnx", "CPUExecutionProvider").get_providers())
# --8<-- [end:gate]

try:
    # --8<-- [start:refuse]
    open_session("model.onnx", "CUDAExecutionProvider")
    # --8<-- [end:refuse]
except RuntimeError as error:
    print(error)

try:
    # --8<-- [start:nodes]
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
    onnxruntime.InferenceSession(
        "model.onnx", options, providers=["CUDAExecutionProvider"]
    )
    # --8<-- [end:nodes]
except Exception as error:
    print(error)

# --8<-- [start:shapes]
session = onnxruntime.InferenceSession(
    "model.onnx",
    providers=[
        ("CUDAExecutionProvider", {"cudnn_conv_algo_search": "HEURISTIC"}),
    ],
)
# --8<-- [end:shapes]
