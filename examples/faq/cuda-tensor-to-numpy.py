"""TypeError: can't convert cuda:0 device type tensor to numpy"""
try:
    # --8<-- [start:fails]
    import torch

    scores = torch.ones(3, device="meta")  # stands for a GPU
    scores.numpy()
    # --8<-- [end:fails]
except TypeError as error:
    print(error)

# --8<-- [start:fix]
device = "cuda" if torch.cuda.is_available() else "cpu"
scores = torch.ones(3, device=device, requires_grad=True)
print(scores.detach().cpu().numpy())
print(scores.numpy(force=True))
# --8<-- [end:fix]

# --8<-- [start:lists]
import numpy as np
from torch import nn

model = nn.Linear(4, 2).eval().to(device)
batches = torch.ones(6, 4).split(2)
with torch.inference_mode():
    outputs = [model(batch.to(device)).cpu() for batch in batches]
answers = torch.cat(outputs).numpy()
print(type(answers) is np.ndarray, answers.shape)
# --8<-- [end:lists]
