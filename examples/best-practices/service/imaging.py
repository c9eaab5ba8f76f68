"""From the bytes of a photograph to the array that the model takes.

Build, server and tests use this one function, so that they cannot differ.
"""

import io
from typing import Any

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

SIZE = 224
FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}

# Stands in the manifest: an artefact built for other steps is refused.
PREPROCESSING: dict[str, Any] = {
    "formats": sorted(FORMATS),
    "orientation": "exif",
    "color": "RGB",
    "crop": "center square, 7/8 of the shorter side",
    "resize": [SIZE, SIZE],
    "interpolation": "bicubic",
    "dtype": "uint8",
    "layout": "NHWC",
}


class BadImage(ValueError):
    """The bytes are not a picture that this service reads."""


class TooManyPixels(BadImage):
    """The picture says that it is larger than the service allows."""


def prepare(data: bytes, max_pixels: int) -> np.ndarray:
    """Decode a photograph and cut out what the model looks at.

    Args:
        data: a JPEG, PNG or WebP file.
        max_pixels: width × height beyond which nothing is decoded. A file
            of 100 kB can hold 10 gigapixels.

    Returns:
        uint8 array, height × width × RGB: [224, 224, 3].

    Raises:
        TooManyPixels: from the file's header, before memory is used.
        BadImage: another format, or a damaged file.
    """
    try:
        image = Image.open(io.BytesIO(data), formats=list(FORMATS))
        if image.width * image.height > max_pixels:
            raise TooManyPixels(
                f"{image.width} x {image.height} pixels, "
                f"of which at most {max_pixels} are allowed"
            )
        image = ImageOps.exif_transpose(image).convert("RGB")
    except UnidentifiedImageError:
        raise BadImage(f"not one of {', '.join(FORMATS)}") from None
    except Image.DecompressionBombError:  # Pillow has a limit of its own
        raise TooManyPixels(f"more than {max_pixels} pixels") from None
    except BadImage:
        raise
    except Exception as error:  # decoders raise many kinds for bad bytes
        raise BadImage(f"a damaged picture: {error}") from error
    side = max(1, min(image.size) * 7 // 8)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    square = (left, top, left + side, top + side)
    image = image.resize((SIZE, SIZE), Image.Resampling.BICUBIC, square)
    return np.array(image, dtype=np.uint8)
