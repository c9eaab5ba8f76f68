"""The size of tensor a (4) must match the size of tensor b (3)"""
# --8<-- [start:normalize]
import numpy as np
import torch
from PIL import Image
from torch import Tensor

MEAN = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)


def normalize(picture: Image.Image) -> Tensor:
    """Channels first, from 0 to 1, then what ImageNet models expect."""
    pixels = np.array(picture, dtype=np.float32) / 255
    image = torch.from_numpy(np.atleast_3d(pixels)).permute(2, 0, 1)
    return (image - MEAN) / STD


screenshot = Image.new("RGBA", (32, 24), (200, 30, 30, 255))
# --8<-- [end:normalize]

try:
    # --8<-- [start:fails]
    normalize(screenshot)
    # --8<-- [end:fails]
except RuntimeError as error:
    print(error)

# --8<-- [start:gray]
gray = Image.new("L", (32, 24), 100)
print(tuple(normalize(gray).shape))
# --8<-- [end:gray]

try:
    # --8<-- [start:inplace]
    torch.zeros(1, 24, 32).sub_(MEAN)
    # --8<-- [end:inplace]
except RuntimeError as error:
    print(error)


# --8<-- [start:fix]
def to_rgb(picture: Image.Image) -> Image.Image:
    """Three channels; what is transparent becomes white."""
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture)
    return picture.convert("RGB")


clear = Image.new("RGBA", (32, 24), (0, 0, 0, 0))
print("convert alone:", clear.convert("RGB").getpixel((0, 0)))
print("to_rgb:       ", to_rgb(clear).getpixel((0, 0)))
for mode in ("RGB", "RGBA", "L", "LA", "P", "CMYK", "1"):
    picture = to_rgb(Image.new(mode, (32, 24)))
    print(f"{mode:5}", tuple(normalize(picture).shape))
# --8<-- [end:fix]
