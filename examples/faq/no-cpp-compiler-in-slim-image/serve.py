"""Run what was compiled elsewhere."""

import torch

double = torch._inductor.aoti_load_package("double.pt2")
print(double(torch.ones(3)))
