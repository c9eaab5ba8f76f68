import torch

program = torch.export.load("digits.pt2")
print(tuple(program.module()(torch.zeros(2, 64)).shape))
