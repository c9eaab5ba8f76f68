"""Open an artifact, check it against its own golden answer, and warm it up."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from artifact import Refused
from imaging import prepare

Predict = Callable[[np.ndarray], np.ndarray]


def open_model(folder: Path, form: str) -> Predict:
    """Load the program of a verified artifact.

    Args:
        folder: the artifact.
        form: `torch.export` or `aotinductor`, as the manifest says.

    Returns:
        A function from uint8 images [batch, 224, 224, 3] to float32
        probabilities [batch, 1000].
    """
    path = folder / "model.pt2"
    if form == "aotinductor":
        program = torch._inductor.aoti_load_package(str(path))
    else:
        program = torch.export.load(path).module()

    def predict(images: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return program(torch.from_numpy(images)).numpy()

    return predict


def self_test(predict: Predict, folder: Path, max_abs: float) -> float:
    """Ask the golden question and compare with the golden answer.

    Returns:
        The largest difference of a probability.

    Raises:
        Refused: beyond the manifest's tolerance: this machine, or these
            libraries, do not compute what was tested.
    """
    golden = np.array(json.loads((folder / "golden.json").read_text()))
    image = prepare((folder / "golden.jpg").read_bytes(), 10**7)
    difference = float(np.abs(predict(image[None])[0] - golden).max())
    if not difference <= max_abs:  # NaN is refused as well
        raise Refused(
            f"the golden answer differs by {difference:.1e}, "
            f"of which {max_abs:.1e} is allowed"
        )
    return difference


def warm_up(predict: Predict, max_batch: int) -> None:
    """Run every batch size once: the first run of a shape is slow."""
    for batch in range(1, max_batch + 1):
        predict(np.zeros((batch, 224, 224, 3), np.uint8))
