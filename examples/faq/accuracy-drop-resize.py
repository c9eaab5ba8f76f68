# --8<-- [start:fails]
import numpy as np
import torch
from PIL import Image
from torch.nn import functional

random = np.random.default_rng(0)
picture = random.integers(0, 256, (256, 256), dtype=np.uint8)

trained = np.asarray(
    Image.fromarray(picture).resize((64, 64), Image.Resampling.BILINEAR)
)
pixels = torch.from_numpy(picture).float()[None, None]
served = functional.interpolate(pixels, (64, 64), mode="bilinear")[0, 0]

print("same shape:", tuple(served.shape) == trained.shape)
difference = np.abs(served.numpy() - trained).max()
print("off by more than 40 of 255 somewhere:", difference > 40)
# --8<-- [end:fails]

# --8<-- [start:fix]
served = functional.interpolate(
    pixels, (64, 64), mode="bilinear", antialias=True
)[0, 0]
difference = np.abs(served.numpy() - trained).max()
print("off by at most 2 of 255:", difference <= 2)
# --8<-- [end:fix]


# --8<-- [start:scale]
def scale(batch: torch.Tensor) -> str:
    """In which numbers this batch of ordinary photos is written."""
    low, high = batch.min().item(), batch.max().item()
    if low < 0:
        return "normalized" if high > 1.5 else "-1 to 1"
    if high > 1.5:
        return "0 to 255"
    return "0 to 1" if high > 1 / 100 else "divided by 255 twice"


image = pixels  # 0 to 255, from above
print(scale(image))
print(scale(image / 255))
print(scale(image / 255 / 255))
print(scale((image / 255 - 0.45) / 0.225))
# --8<-- [end:scale]


# --8<-- [start:upload]
from io import BytesIO

rows, columns = np.mgrid[0:256, 0:256]
photo = (127 + 60 * np.sin(rows / 3) + 60 * np.sin(columns / 5)).astype("u1")
for quality in (95, 60):
    upload = BytesIO()
    Image.fromarray(photo).save(upload, "JPEG", quality=quality)
    arrived = np.asarray(Image.open(upload))
    change = np.abs(arrived.astype(int) - photo).max()
    print(f"quality {quality}: off by up to {change} of 255")
# --8<-- [end:upload]
