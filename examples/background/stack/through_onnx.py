import numpy as np
import onnxruntime
import torch

data = torch.load("sample.pt")
program = torch.export.load("model.pt2")
torch.onnx.export(
    program, f="model.onnx", external_data=False, verbose=False
)

session = onnxruntime.InferenceSession("model.onnx")
name = session.get_inputs()[0].name
(logits,) = session.run(None, {name: data["sample"].numpy()})
print(session.get_inputs()[0].shape)
print(np.allclose(logits, data["expected"].numpy(), atol=1e-5))
