import torch

torch.hub.set_dir("untrusted")
torch.hub.load("someone/models:v1", "classifier")
