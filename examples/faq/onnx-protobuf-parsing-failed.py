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
