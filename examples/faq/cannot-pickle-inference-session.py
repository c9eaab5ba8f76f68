"""TypeError: cannot pickle 'InferenceSession' object"""
# --8<-- [start:model]
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

model = onnx.parser.parse_model("""
<ir_version: 10, opset_import: ["" : 18]>
net (float[batch, 4] x) => (float[batch, 4] y) { y = Relu(x) }""")
Path("model.onnx").write_bytes(model.SerializeToString())
session = onnxruntime.InferenceSession(
    "model.onnx", providers=["CPUExecutionProvider"]
)
# --8<-- [end:model]

try:
    # --8<-- [start:fails]
    import pickle

    pickle.dumps(session)
    # --8<-- [end:fails]
except TypeError as error:
    print(error)

# --8<-- [start:fix]
class Model:
    """A session that travels as the path of its file."""

    def __init__(self, path: str, threads: int = 1) -> None:
        self.path, self.threads = path, threads
        self._session: onnxruntime.InferenceSession | None = None

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_session": None}

    def __call__(self, x: np.ndarray) -> np.ndarray:
        if self._session is None:  # the first call in this process
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = self.threads
            self._session = onnxruntime.InferenceSession(
                self.path, options, providers=["CPUExecutionProvider"]
            )
        return self._session.run(None, {"x": x})[0]


classifier = Model("model.onnx")
x = np.array([[-1, 0, 1, 2]], np.float32)
print(classifier(x).tolist())
pickled = pickle.dumps(classifier)
print(len(pickled) < 300, pickle.loads(pickled)(x).tolist())
# --8<-- [end:fix]
