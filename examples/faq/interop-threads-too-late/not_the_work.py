import torch

layer = torch.nn.Linear(512, 512)
layer(torch.rand(64, 512)).sum().backward()
torch.set_num_interop_threads(3)
print("after eager work:", torch.get_num_interop_threads())
