# --8<-- [start:export]
import onnxruntime
import torch
from torch import nn

model, x = nn.Linear(4, 3).eval(), torch.randn(2, 4)
torch.onnx.export(
    model, (x,), "model.onnx", external_data=False, verbose=False
)

session = onnxruntime.InferenceSession("model.onnx")
answers = torch.from_numpy(session.run(None, {"input": x.numpy()})[0])
print("same answers:", torch.allclose(answers, model(x), atol=1e-5))
# --8<-- [end:export]
