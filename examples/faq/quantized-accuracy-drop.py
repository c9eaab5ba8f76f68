# --8<-- [start:detector]
import numpy as np
import onnx
import onnxruntime
from onnx import parser
from onnxruntime.quantization import CalibrationDataReader, quantize_static

random = np.random.default_rng(0)
pixels = random.random((400, 16), dtype=np.float32)  # from 0 to 1


def write(path: str, body: str, out: int, **weights: np.ndarray) -> None:
    """An ONNX file with these weights around these operators."""
    model = parser.parse_model(
        f'<ir_version: 9, opset_import: ["": 17]> net'
        f"(float[n, 16] pixels) => (float[n, {out}] found) {{{body}}}"
    )
    for number, node in enumerate(model.graph.node):
        node.name = f"{node.op_type}_{number}"
    for name, array in weights.items():
        tensor = onnx.numpy_helper.from_array(array, name)
        model.graph.initializer.append(tensor)
    onnx.save(model, path)


write(
    "detector.onnx",
    """boxes = MatMul(pixels, corners)
    raw = MatMul(pixels, classes)
    scores = Sigmoid(raw)
    found = Concat<axis = 1>(boxes, scores)""",
    out=5,
    corners=random.uniform(40, 100, (16, 4)).astype(np.float32),
    classes=random.normal(size=(16, 1)).astype(np.float32),
)


def run(path: str, batch: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(path)
    return session.run(None, {"pixels": batch})[0]
# --8<-- [end:detector]

# --8<-- [start:static]
class Reader(CalibrationDataReader):
    def __init__(self, batch: np.ndarray) -> None:
        self.rows = iter(batch[:200])

    def get_next(self) -> dict[str, np.ndarray] | None:
        row = next(self.rows, None)
        return None if row is None else {"pixels": row[None]}


quantize_static("detector.onnx", "int8.onnx", Reader(pixels))
for file in ("detector.onnx", "int8.onnx"):
    found = run(file, pixels)
    print(f"{file:13} boxes up to {found[:, :4].max():4.0f} pixels,",
          f"scores above 0.5: {(found[:, 4] > 0.5).sum():3}")
# --8<-- [end:static]

# --8<-- [start:find]
def spans(path: str) -> dict[str, np.ndarray]:
    """From the smallest to the largest value, per column of each tensor."""
    model = onnx.load(path)
    names = [name for node in model.graph.node for name in node.output]
    del model.graph.output[:]
    model.graph.output.extend(onnx.ValueInfoProto(name=n) for n in names)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    values = session.run(names, {"pixels": pixels})
    return {n: np.ptp(v, axis=0) for n, v in zip(names, values, strict=True)}


for name, span in spans("detector.onnx").items():
    step = span.max() / 255  # one range for the whole tensor, in 8 bits
    lost = int((span < step).sum())
    print(f"{name:7} a step is {step:5.3f}, lost columns: {lost}")
# --8<-- [end:find]

# --8<-- [start:exclude]
quantize_static(
    "detector.onnx", "fixed.onnx", Reader(pixels),
    nodes_to_exclude=["Sigmoid_2", "Concat_3"],
)
exact, rounded = (run(f, pixels) for f in ("detector.onnx", "fixed.onnx"))
same = (exact[:, 4] > 0.5) == (rounded[:, 4] > 0.5)
print("at least 98% of the decisions stay:", same.mean() >= 0.98)
# --8<-- [end:exclude]

# --8<-- [start:channels]
from onnxruntime.quantization import QuantType, quantize_dynamic


def write_classifier(path: str, size: np.ndarray) -> None:
    """Ten classes; the channels of the first layer have these sizes."""
    write(
        path,
        """hidden = MatMul(pixels, kernel)
        normal = Mul(hidden, gamma)
        found = MatMul(normal, classes)""",
        out=10,
        kernel=(random.normal(size=(16, 32)) * size).astype(np.float32),
        gamma=(1 / size).astype(np.float32),
        classes=random.normal(size=(32, 10)).astype(np.float32),
    )


def report(name: str, exact: str, rounded: str) -> None:
    one, other = (run(f, pixels).argmax(axis=1) for f in (exact, rounded))
    print(f"{name}: 9 of 10 answers stay: {(one == other).mean() >= 0.9}")


write_classifier("uneven.onnx", np.where(np.arange(32) < 8, 1, 0.002))
for per_channel in (False, True):
    quantize_dynamic(
        "uneven.onnx", "dynamic.onnx", per_channel=per_channel,
        weight_type=QuantType.QInt8, reduce_range=True,
    )
    report(f"per_channel={per_channel!s:5}", "uneven.onnx", "dynamic.onnx")
# --8<-- [end:channels]

# --8<-- [start:calibration]
write_classifier("even.onnx", np.ones(32))
for name, batch in (("from 0 to 255", 255 * pixels), ("as served", pixels)):
    quantize_static(
        "even.onnx", "static.onnx", Reader(batch),
        per_channel=True, reduce_range=True,
    )
    report(f"calibrated {name:13}", "even.onnx", "static.onnx")
# --8<-- [end:calibration]
