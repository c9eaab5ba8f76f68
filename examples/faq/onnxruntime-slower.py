# --8<-- [start:spin]
import os
import time

import onnxruntime
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(
    nn.Linear(256, 512), nn.ReLU(), nn.Linear(512, 8)
).eval()
x = torch.randn(32, 256)
torch.onnx.export(
    model, (x,), "model.onnx", external_data=False, verbose=False
)


def threads() -> int:
    return len(os.listdir("/proc/self/task"))


def session(count: int, spin: bool) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = count
    options.add_session_config_entry(
        "session.intra_op.allow_spinning", "1" if spin else "0"
    )
    return onnxruntime.InferenceSession("model.onnx", options)


def processor_time(running: onnxruntime.InferenceSession) -> float:
    running.run(None, {"input": x.numpy()})
    begin = time.process_time()
    for _ in range(30):
        running.run(None, {"input": x.numpy()})
        time.sleep(0.01)
    return time.process_time() - begin


before = threads()
spinning = session(4, spin=True)
print("four threads:", threads() - before, "more than before")
used = processor_time(spinning)
del spinning
sleeping = session(4, spin=False)
print(
    "spinning costs at least twice the processor time:",
    used > 2 * processor_time(sleeping),
)
# --8<-- [end:spin]

# --8<-- [start:fix]
del sleeping
before = threads()
serving = session(1, spin=False)
print("threads:", threads() - before, "more than before")
answers = torch.from_numpy(serving.run(None, {"input": x.numpy()})[0])
print("same answers:", torch.allclose(answers, model(x), atol=1e-4))
# --8<-- [end:fix]
