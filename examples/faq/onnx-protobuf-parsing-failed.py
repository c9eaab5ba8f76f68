"""INVALID_PROTOBUF : Load model failed:Protobuf parsing failed"""
# --8<-- [start:files]
from pathlib import Path

import onnx
import onnxruntime

model = onnx.parser.parse_model("""
<ir_version: 10, opset_import: ["" : 18]>
net (float[batch, 4] x) => (float[batch, 4] y) { y = Relu(x) }""")
whole = model.SerializeToString()
Path("good.onnx").write_bytes(whole)
Path("model.onnx").write_bytes(whole[: len(whole) // 2])
Path("empty.onnx").touch()
Path("pointer.onnx").write_text("version https://git-lfs.github.com/spec/v1\n")


def load(path: str) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(
        path, providers=["CPUExecutionProvider"]
    )
# --8<-- [end:files]

try:
    # --8<-- [start:fails]
    load("model.onnx")
    # --8<-- [end:fails]
except Exception as error:
    print(error)

# --8<-- [start:others]
for path in ("pointer.onnx", "empty.onnx", "modle.onnx", "."):
    try:
        load(path)
    except Exception as error:
        text = str(error).replace("[ONNXRuntimeError] : ", "")
        print(f"{path:13} {text}")
# --8<-- [end:others]

# --8<-- [start:check]
import hashlib


def check(path: str, sha256: str) -> None:
    """Raise ValueError with what is wrong with the file at path."""
    data = Path(path).read_bytes()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ValueError(
            f"{path}: {len(data)} bytes, not the file that was released,"
            f" begins with {data[:8]!r}"
        )


released = hashlib.sha256(whole).hexdigest()
check("good.onnx", released)
for path in ("model.onnx", "pointer.onnx"):
    try:
        check(path, released)
    except ValueError as error:
        print(error)
print(load("good.onnx").get_inputs()[0].name)
# --8<-- [end:check]

# --8<-- [start:large]
import numpy as np

weights = np.ones((128, 128), dtype=np.float32)
large = onnx.helper.make_model(
    onnx.helper.make_graph(
        [onnx.helper.make_node("MatMul", ["x", "weights"], ["y"])],
        "large",
        [onnx.helper.make_tensor_value_info("x", 1, ["batch", 128])],
        [onnx.helper.make_tensor_value_info("y", 1, ["batch", 128])],
        [onnx.numpy_helper.from_array(weights, "weights")],
    ),
    opset_imports=[onnx.helper.make_opsetid("", 18)],
    ir_version=10,
)
onnx.save_model(
    large,
    "large.onnx",
    save_as_external_data=True,
    location="large.onnx.data",
    size_threshold=1024,
)
onnx.checker.check_model("large.onnx")  # a path, and not the model
print("large.onnx:", "less than 1 KB" if Path("large.onnx").stat().st_size
      < 1024 else "large")
print(f"large.onnx.data: {Path('large.onnx.data').stat().st_size // 1024} KB")
# --8<-- [end:large]
