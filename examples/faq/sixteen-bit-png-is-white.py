# --8<-- [start:reproduce]
import io

import numpy as np
from PIL import Image

ramp = np.tile(np.linspace(0, 65535, 64).astype(np.uint16), (8, 1))
file = io.BytesIO()
Image.fromarray(ramp).save(file, "PNG")

image = Image.open(file)
seen = np.array(image.convert("RGB"))
print(image.mode, f"{(seen == 255).mean():.0%} of it is white")
# --8<-- [end:reproduce]
# --8<-- [start:fix]


def eight_bits(image: Image.Image) -> Image.Image:
    """The upper eight bits of a 16-bit gray picture."""
    shades = np.array(image, np.uint16) // 257
    return Image.fromarray(shades.astype(np.uint8))


seen = np.array(eight_bits(image).convert("RGB"))
print(f"{(seen == 255).mean():.0%} of it is white, mean {seen.mean():.0f}")
# --8<-- [end:fix]
