# --8<-- [start:model]
import torch
from torch import nn

torch.manual_seed(0)
convolution = nn.Conv2d(3, 8, 3).eval()
images = torch.randn(2, 3, 6, 6)

before = convolution(images)
print("flat:", tuple(before.view(2, -1).shape))

convolution = convolution.to(memory_format=torch.channels_last)
after = convolution(images.to(memory_format=torch.channels_last))
# --8<-- [end:model]

try:
    # --8<-- [start:fails]
    after.view(2, -1)
    # --8<-- [end:fails]
except RuntimeError as error:
    print(error)

# --8<-- [start:strides]
print("before:", before.stride())
print("after: ", after.stride())
# --8<-- [end:strides]

# --8<-- [start:fix]
flat = torch.flatten(after, 1)
print("flat:", tuple(flat.shape))
print("same order:", torch.allclose(flat, before.view(2, -1), atol=1e-5))
# --8<-- [end:fix]
