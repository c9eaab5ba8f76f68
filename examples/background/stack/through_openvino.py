import numpy as np
import openvino
import torch

data = torch.load("sample.pt")
converted = openvino.convert_model(torch.export.load("model.pt2"))
model = openvino.compile_model(
    converted, "CPU", {"INFERENCE_PRECISION_HINT": "f32"}
)
logits = model(data["sample"].numpy())[0]
print(np.allclose(logits, data["expected"].numpy(), atol=1e-5))
