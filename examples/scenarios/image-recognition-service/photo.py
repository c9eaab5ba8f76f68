"""From the bytes of a photograph, as people send them, to RGB pixels."""

import numpy as np
from PIL import Image, ImageOps

from imaging import BadImage, TooManyPixels, open_image

MIN_SIDE = 16  # what prepare.pt2 was exported for
JPEG_SIDE = 448  # twice what the network sees


def decode(data: bytes, max_pixels: int) -> np.ndarray:
    """An upright RGB picture: uint8 [height, width, 3].

    A large JPEG is decoded at 1/2, 1/4 or 1/8 of its size, with at least
    448 pixels a side left. Transparent parts become white, 16 bits become
    8, and of an animation the first picture is taken.

    Args:
        data: a JPEG, PNG or WebP file.
        max_pixels: width × height beyond which nothing is decoded. The
            file may claim four times as many, if it is then reduced.

    Raises:
        TooManyPixels: from the file's header, before any pixel exists.
        BadImage: another format, a damaged file, or fewer than 16 pixels
            a side.
    """
    image = open_image(data, 4 * max_pixels)
    width, height = image.size
    if min(width, height) < MIN_SIDE:
        raise BadImage(f"{width} x {height} pixels are too few")
    try:
        image.draft("RGB", (JPEG_SIDE, JPEG_SIDE))  # only JPEG heeds it
        if image.width * image.height > max_pixels:
            raise TooManyPixels(
                f"{image.width} x {image.height} pixels, "
                f"of which at most {max_pixels} are allowed"
            )
        image.load()
        ImageOps.exif_transpose(image, in_place=True)
        return np.array(flat(image))
    except (BadImage, MemoryError):
        raise
    except Exception:  # decoders raise many kinds for bad bytes
        raise BadImage("a damaged picture") from None


def decode_alone(data: bytes, max_pixels: int) -> tuple[np.ndarray, str]:
    """`decode` as a job for a process of its own: see decoders.py."""
    return decode(data, max_pixels), ""


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
