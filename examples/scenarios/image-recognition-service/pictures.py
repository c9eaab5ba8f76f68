"""One photograph in the forms in which people send it."""

import io
import struct
import zlib
from importlib.metadata import distribution
from typing import Any

import numpy as np
from PIL import Image

# scikit-learn ships this photograph; its code is not needed
SHIPPED = "sklearn/datasets/images/flower.jpg"
FLOWER = Image.open(distribution("scikit-learn").locate_file(SHIPPED))
FLOWER.load()  # 640 x 427


def encode(image: Image.Image, form: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def rotated(turn: int = 6) -> bytes:
    """Stored lying on its side; EXIF says how to hold it."""
    exif = Image.Exif()
    exif[0x0112] = turn
    lying = FLOWER.transpose(Image.Transpose.ROTATE_90)
    return encode(lying, "JPEG", exif=exif, quality=92)


def sixteen_bits() -> bytes:
    """Gray, 16 bits a pixel, as microscopes and scanners write it."""
    shades = np.array(FLOWER.convert("L"), np.uint16) * 257
    return encode(Image.fromarray(shades), "PNG")


def cut_out(erased: bool = True) -> bytes:
    """The petals alone, all around them transparent.

    Editors differ in what they leave under the transparency: black, or
    the picture as it was. Nobody sees either.
    """
    pixels = np.array(FLOWER.convert("RGBA"))
    around = pixels[:, :, :3].max(axis=2) <= 120
    if erased:
        pixels[around] = 0
    pixels[around, 3] = 0
    return encode(Image.fromarray(pixels), "PNG")


def animated() -> bytes:
    black = Image.new("RGB", FLOWER.size)
    return encode(FLOWER, "WEBP", save_all=True, append_images=[black])


def large() -> bytes:
    """Twelve megapixels, as a telephone makes them."""
    return encode(FLOWER.resize((4000, 2669)), "JPEG", quality=85)


def bomb(side: int = 50_000) -> bytes:
    """A PNG of 65 bytes that says it has 2.5 gigapixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


JPEG = encode(FLOWER, "JPEG", quality=92)
GOOD = {
    "as it is": JPEG,
    "12 megapixels": large(),
    "held upright": rotated(),
    "gray": encode(FLOWER.convert("L"), "JPEG", quality=92),
    "CMYK": encode(FLOWER.convert("CMYK"), "JPEG", quality=92),
    "palette": encode(FLOWER.convert("P"), "PNG"),
    "16 bits": sixteen_bits(),
    "cut out": cut_out(),
    "animated": animated(),
}
BAD = {
    "a text": b"this is no picture",
    "a web page": b"<html><img src='flower.jpg'></html>",
    "nothing": b"",
    "half a picture": JPEG[: len(JPEG) // 2],
    "8 x 8 pixels": encode(FLOWER.resize((8, 8)), "PNG"),
    "a bomb": bomb(),
    "six megabytes": bytes(6_000_000),
    "a TIFF": encode(FLOWER.resize((64, 64)), "TIFF"),
}
