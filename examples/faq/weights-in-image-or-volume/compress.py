# --8<-- [start:compress]
import zlib

import torch

torch.manual_seed(0)
weights = torch.randn(1_000_000)
for dtype in (torch.float32, torch.bfloat16):
    data = weights.to(dtype).view(torch.uint8).numpy().tobytes()
    share = len(zlib.compress(data)) / len(data)
    print(f"{dtype}: {share:.0%} of its size")
# --8<-- [end:compress]
