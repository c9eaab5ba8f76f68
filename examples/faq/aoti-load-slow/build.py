import torch

model = torch.nn.Linear(4, 2).eval()
program = torch.export.export(model, (torch.ones(1, 4),))
torch._inductor.aoti_compile_and_package(
    program, package_path="model.pt2"
)
