import torch

weights = torch.load("int8.pt")
print(sorted(weights))
