# --8<-- [start:image]
import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

model = nn.Conv2d(3, 8, 3).eval()
picture = Image.new("RGB", (32, 32), "red")
pixels = torch.from_numpy(np.array(picture, dtype=np.float32) / 255)
# --8<-- [end:image]

try:
    # --8<-- [start:fails]
    model(pixels.unsqueeze(0))
    # --8<-- [end:fails]
except RuntimeError as error:
    print(error)


# --8<-- [start:fix]
def to_batch(picture: Image.Image) -> Tensor:
    """One picture of any mode as (1, 3, height, width), 0 to 1."""
    pixels = np.array(picture.convert("RGB"), dtype=np.float32) / 255
    return torch.from_numpy(pixels).permute(2, 0, 1)[None].contiguous()


for mode in ("RGB", "L", "RGBA"):
    batch = to_batch(Image.new(mode, (32, 24)))
    print(f"{mode:5}", tuple(batch.shape), tuple(model(batch).shape))
# --8<-- [end:fix]
