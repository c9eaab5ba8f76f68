"""From the bytes of a photograph to the array that the model takes.

Build, server and tests use this one function, so that they cannot differ.
"""

import io
from typing import Any

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

SIZE = 224
FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
MAX_SCANS = MAX_FRAMES = 100  # cameras write about ten, and one
SCAN = b"\xff\xda"  # begins a scan of a JPEG; its data cannot hold it

# Stands in the manifest: an artifact built for other steps is refused.
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


def open_image(data: bytes, max_pixels: int) -> Image.Image:
    """A picture whose pixels do not exist yet: only its header was read.

    A progressive JPEG is painted in scans, and nothing in the format limits
    their number: each goes over all pixels and may cost 42 bytes.

    Raises:
        TooManyPixels: more than `max_pixels`, as the header says.
        BadImage: another format, or too many scans or frames.
    """
    if data.count(SCAN) > MAX_SCANS:
        raise BadImage(f"more than {MAX_SCANS} scans")
    try:
        image = Image.open(io.BytesIO(data), formats=list(FORMATS))
        frames = getattr(image, "n_frames", 1)
    except UnidentifiedImageError:
        raise BadImage(f"not one of {', '.join(FORMATS)}") from None
    except Image.DecompressionBombError:  # Pillow has a limit of its own
        raise TooManyPixels(f"more than {max_pixels} pixels") from None
    except MemoryError:
        raise
    except Exception:  # decoders raise many kinds for bad bytes
        raise BadImage("a damaged picture") from None
    if image.width * image.height > max_pixels:
        raise TooManyPixels(f"more than {max_pixels} pixels")
    if frames > MAX_FRAMES:
        raise BadImage(f"more than {MAX_FRAMES} frames")
    return image


def prepare(data: bytes, max_pixels: int) -> np.ndarray:
    """Decode a photograph and cut out what the model looks at.

    Args:
        data: a JPEG, PNG or WebP file.
        max_pixels: width × height beyond which nothing is decoded. A file
            of 65 bytes can claim gigapixels.

    Returns:
        uint8 array, height × width × RGB: [224, 224, 3].

    Raises:
        TooManyPixels: from the file's header, before any pixel exists.
        BadImage: another format, or a damaged file.
    """
    image = open_image(data, max_pixels)
    try:
        image.load()
        ImageOps.exif_transpose(image, in_place=True)
        if image.mode != "RGB":
            image = image.convert("RGB")
    except MemoryError:
        raise
    except Exception:
        raise BadImage("a damaged picture") from None
    side = max(1, min(image.size) * 7 // 8)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    square = (left, top, left + side, top + side)
    image = image.resize((SIZE, SIZE), Image.Resampling.BICUBIC, square)
    return np.array(image, dtype=np.uint8)


def prepare_alone(data: bytes, max_pixels: int) -> tuple[np.ndarray, str]:
    """`prepare` as a job for a process of its own: see decoders.py."""
    return prepare(data, max_pixels), ""
