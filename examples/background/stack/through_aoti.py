import torch
from torch._inductor import aoti_compile_and_package, aoti_load_package

data = torch.load("sample.pt")
program = torch.export.load("model.pt2")
aoti_compile_and_package(program, package_path="native.pt2")

native = aoti_load_package("native.pt2")
print(torch.allclose(native(data["sample"]), data["expected"], atol=1e-5))
