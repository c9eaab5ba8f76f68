"""Write weights.pt as a machine with a GPU would write it."""

import torch
from torch import nn

torch.serialization.register_package(
    0, lambda storage: "cuda:0", lambda storage, location: None
)
torch.save(nn.Linear(4, 3).state_dict(), "weights.pt")
