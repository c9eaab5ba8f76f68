"""From the bytes of a photograph, as people send them, to RGB pixels."""

import io

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from imaging import FORMATS, BadImage, TooManyPixels

MIN_SIDE = 16  # what prepare.pt2 was exported for
JPEG_SIDE = 448  # twice what the network sees


def decode(data: bytes, max_pixels: int) -> np.ndarray:
    """An upright RGB picture: uint8 [height, width, 3].

    A large JPEG is decoded at 1/2, 1/4 or 1/8 of its size, with at least
    448 pixels a side left. Transparent parts become white, 16 bits become
    8, and of an animation the first picture is taken.

    Args:
        data: a JPEG, PNG or WebP file.
        max_pixels: width × height beyond which nothing is decoded.

    Raises:
        TooManyPixels: from the file's header, before memory is used.
        BadImage: another format, a damaged file, or fewer than 16 pixels
            a side.
    """
    try:
        image = Image.open(io.BytesIO(data), formats=list(FORMATS))
        width, height = image.size
        if width * height > max_pixels:
            raise TooManyPixels(
                f"{width} x {height} pixels, "
                f"of which at most {max_pixels} are allowed"
            )
        if min(width, height) < MIN_SIDE:
            raise BadImage(f"{width} x {height} pixels are too few")
        image.draft("RGB", (JPEG_SIDE, JPEG_SIDE))  # only JPEG heeds it
        return np.array(flat(ImageOps.exif_transpose(image)))
    except UnidentifiedImageError:
        raise BadImage(f"not one of {', '.join(FORMATS)}") from None
    except Image.DecompressionBombError:  # Pillow has a limit of its own
        raise TooManyPixels(f"more than {max_pixels} pixels") from None
    except BadImage:
        raise
    except Exception as error:  # decoders raise many kinds for bad bytes
        raise BadImage(f"a damaged picture: {error}") from error


def flat(image: Image.Image) -> Image.Image:
    """RGB in 8 bits, on white where it was transparent."""
    if image.mode.startswith("I"):  # 16 bits a pixel; convert() would clip
        shades = np.array(image, np.uint16) // 257
        image = Image.fromarray(shades.astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return image.convert("RGB")
