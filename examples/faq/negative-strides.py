"""ValueError: At least one stride in the given numpy array is negative"""
# --8<-- [start:image]
import numpy as np
import torch

bgr = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
rgb = bgr[:, :, ::-1]
print(bgr.strides, rgb.strides)
# --8<-- [end:image]

try:
    # --8<-- [start:fails]
    torch.from_numpy(rgb)
    # --8<-- [end:fails]
except ValueError as error:
    print(error)

# --8<-- [start:fix]
pixels = torch.from_numpy(np.ascontiguousarray(rgb))
print(pixels[0, 0].tolist(), tuple(pixels.shape))
# --8<-- [end:fix]

# --8<-- [start:torch]
flipped = torch.from_numpy(bgr).flip(-1)
print(torch.equal(flipped, pixels))
# --8<-- [end:torch]

# --8<-- [start:readonly]
import warnings

body = bytes(range(12))
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    torch.from_numpy(np.frombuffer(body, np.uint8))
print(str(caught[0].message).split(",")[0])
received = torch.frombuffer(bytearray(body), dtype=torch.uint8)
print(received[:3].tolist())
# --8<-- [end:readonly]
