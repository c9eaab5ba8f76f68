import sys

import torch

prices = torch.tensor([1.4, 2.5])
if sys.argv[1] == "program.pt2":
    model = torch.export.load(sys.argv[1]).module()
else:
    model = torch._inductor.aoti_load_package(sys.argv[1])
print(model(prices).tolist())
