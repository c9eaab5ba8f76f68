"""Train the model and save it: python build_llm.py"""

import torch
from small_llm import train

torch.set_num_threads(1)
model = train()
torch.save(model.state_dict(), "small-llm.pt")
print(f"small-llm.pt: {len(model.state_dict())} tensors")
