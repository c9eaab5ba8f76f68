"""Compile once, where there is a compiler."""

import torch


class Double(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * 2


program = torch.export.export(Double(), (torch.ones(3),))
torch._inductor.aoti_compile_and_package(program, package_path="double.pt2")
