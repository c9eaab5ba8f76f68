import sys

import torch

sys.version_info = (3, 99, 0, "final", 0)  # newer than this torch
try:
    torch.compile(torch.nn.Linear(4, 3))
except RuntimeError as error:
    print(str(error).partition(" Python")[0])
