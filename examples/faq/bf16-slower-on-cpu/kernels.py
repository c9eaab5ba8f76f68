import torch
from torch import nn

layer = nn.Linear(512, 512).eval().requires_grad_(False)
x = torch.randn(64, 512)
with torch.backends.mkldnn.verbose(torch.backends.mkldnn.VERBOSE_ON):
    layer.to(torch.bfloat16)(x.to(torch.bfloat16))
