import sys

import onnx
import onnxruntime

model = onnx.parser.parse_model("""
<ir_version: 10, opset_import: ["" : 18]>
net (float[batch, 4] x) => (float[batch, 4] y) { y = Relu(x) }""")
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 2
if "pin" in sys.argv:  # the second thread to a CPU that is not ours
    options.add_session_config_entry(
        "session.intra_op_thread_affinities", "1024"
    )
session = onnxruntime.InferenceSession(
    model.SerializeToString(), options, providers=["CPUExecutionProvider"]
)
print("loaded")
