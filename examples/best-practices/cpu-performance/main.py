# --8<-- [start:compare]
import copy

import torch
from compare import times_as_fast
from torch import nn

plain = nn.Sequential(nn.Conv2d(3, 32, 3), nn.Conv2d(32, 32, 3)).eval()
last = copy.deepcopy(plain).to(memory_format=torch.channels_last)
images = torch.rand(4, 3, 64, 64)
changes = {"itself": plain, "channels-last": last}
with torch.inference_mode():
    for name, changed in changes.items():
        low, median, high = times_as_fast(
            after=lambda model=changed: model(images),
            before=lambda: plain(images),
        )
        print(f"{name:13} {median:.2f} x ({low:.2f} to {high:.2f})")
# --8<-- [end:compare]
