import torch

torch.set_num_interop_threads(1)  # a library, or the last reload
layer = torch.nn.Linear(8, 2)
layer(torch.rand(1, 8)).sum().backward()
torch.set_num_interop_threads(1)  # your own start-up code
