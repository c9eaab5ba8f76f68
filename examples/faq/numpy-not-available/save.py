import hidden

import torch
from safetensors.torch import load_file, save_file

torch.save(torch.ones(2), "ones.pt")
print(torch.load("ones.pt").tolist())
print(load_file("from_elsewhere.safetensors")["w"].tolist())
save_file({"w": torch.ones(2)}, "here.safetensors")
