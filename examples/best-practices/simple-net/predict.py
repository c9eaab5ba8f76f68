# --8<-- [start:predict]
import sys

import torch

predict = torch.export.load("diabetes.pt2").module()
golden = torch.load("golden.pt")

with torch.inference_mode():
    scores = predict(golden["features"])
    one = predict(golden["features"][:1])

print("scikit-learn imported:", "sklearn" in sys.modules)
print("first scores:", [round(s) for s in scores[:4].tolist()])
same = torch.allclose(scores, golden["scores"], atol=1e-3)
print("as trained:", same)
print("a batch of one:", tuple(one.shape))

try:
    predict(golden["features"][:, :9])
except AssertionError as error:
    print("nine measurements:", error)
# --8<-- [end:predict]
