"""The preprocessing as a program: opened from the artifact, and tested."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

from artifact import Refused
from imaging import PREPROCESSING as BEFORE
from model import Predict
from photo import decode

PREPROCESSING: dict[str, Any] = BEFORE | {
    "transparency": "white",
    "sixteen bits": "the upper eight",
    "resize": "prepare.pt2",
    "interpolation": "bicubic, antialias",
}


def open_prepare(folder: Path) -> Predict:
    """The preprocessing of a verified artifact."""
    program = torch.export.load(folder / "prepare.pt2").module()

    def prepare(photo: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return program(torch.from_numpy(photo)).numpy()

    return prepare


def self_test(
    prepare: Predict, predict: Predict, folder: Path, max_abs: float
) -> None:
    """Golden bytes in, golden answer out, or `Refused`."""
    golden = np.array(json.loads((folder / "golden.json").read_text()))
    photo = decode((folder / "golden.jpg").read_bytes(), 10**7)
    answer = predict(prepare(photo)[None])[0]
    difference = float(np.abs(answer - golden).max())
    if not difference <= max_abs:  # NaN is refused as well
        raise Refused(f"the golden answer differs by {difference:.1e}")
