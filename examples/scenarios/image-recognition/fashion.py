"""Fashion-MNIST from the files that its authors publish.

The excerpt beside this program holds the first images of both parts, in the
same format; `load` reads either.
"""

import gzip
import os
from pathlib import Path
from typing import Literal

import numpy as np

LABELS = (
    "T-shirt", "trousers", "pullover", "dress", "coat",
    "sandal", "shirt", "sneaker", "bag", "ankle boot",
)  # fmt: skip
EXCERPT = Path("fashion-mnist-excerpt")
DEBIAN = Path("/usr/share/datasets/fashion-mnist")
FILES = {"train": "train", "test": "t10k"}
Part = Literal["train", "test"]


class BadData(Exception):
    """The files are missing or not what they should be; says which."""


def folder() -> Path:
    """Where the data lies: FASHION_MNIST, or else the excerpt."""
    return Path(os.environ.get("FASHION_MNIST", EXCERPT))


def read_idx(path: Path, dimensions: int) -> np.ndarray:
    """An array of uint8 from a file in MNIST's format, gzipped.

    The format: 0, 0, 8 for bytes, the number of dimensions; then each
    dimension as a big-endian int32; then the values.

    Raises:
        BadData: no such file, another format, or an incomplete one.
    """
    try:
        with gzip.open(path) as opened:
            data = opened.read()
    except FileNotFoundError:
        raise BadData(
            f"there is no {path}: get the four files from "
            "github.com/zalandoresearch/fashion-mnist, or on Debian "
            f"`apt install dataset-fashion-mnist`, which is {DEBIAN}"
        ) from None
    except (OSError, EOFError) as error:
        raise BadData(f"{path}: {error}") from None
    start = 4 + 4 * dimensions
    if data[:4] != bytes((0, 0, 8, dimensions)) or len(data) < start:
        raise BadData(f"{path}: not {dimensions} dimensions of bytes")
    shape = np.frombuffer(data, ">i4", dimensions, 4)
    if len(data) != start + int(np.prod(shape, dtype=np.int64)):
        raise BadData(f"{path}: the header says {tuple(shape.tolist())}")
    values = np.frombuffer(data, np.uint8, offset=start)
    return values.reshape(shape).copy()  # writable, as torch wants it


def load(where: Path, part: Part) -> tuple[np.ndarray, np.ndarray]:
    """Images uint8 [n, 28, 28], and labels int64 [n] from 0 to 9.

    Raises:
        BadData: see `read_idx`; or images and labels do not fit together.
    """
    name = FILES[part]
    images = read_idx(where / f"{name}-images-idx3-ubyte.gz", 3)
    labels = read_idx(where / f"{name}-labels-idx1-ubyte.gz", 1)
    if images.shape[1:] != (28, 28) or len(images) != len(labels):
        raise BadData(f"{images.shape} images, {len(labels)} labels")
    if labels.max(initial=0) >= len(LABELS):
        raise BadData(f"a label {labels.max()}, of {len(LABELS)}")
    return images, labels.astype(np.int64)
