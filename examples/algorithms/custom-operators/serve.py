import sys

import torch

file, *modules = sys.argv[1:]
for module in modules:
    __import__(module)
if file == "program.pt2":
    model = torch.export.load(file).module()
else:
    model = torch._inductor.aoti_load_package(file)
with torch.inference_mode():
    print(tuple(model(torch.rand(7, 32)).shape))
