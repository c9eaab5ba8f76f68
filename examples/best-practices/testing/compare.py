"""Does this artefact still give the golden answer of the first one?"""

import json
import sys
from pathlib import Path

import numpy as np

from artefact import verify
from imaging import PREPROCESSING, prepare
from model import open_model

first, folder = Path("artefact"), Path(sys.argv[1])
manifest = verify(folder, PREPROCESSING)
predict = open_model(folder, manifest.export.format)
labels = (folder / "labels.txt").read_text().splitlines()
image = prepare((first / "golden.jpg").read_bytes(), 25_000_000)
[answer] = predict(image[None])
golden = np.array(json.loads((first / "golden.json").read_text()))


def told(probabilities: np.ndarray) -> str:
    best = int(probabilities.argmax())
    return f"{labels[best]} {probabilities[best]:.3f}"


if np.abs(answer - golden).max() > manifest.tolerances.max_abs:
    sys.exit(
        f"not the answer of {first}: {told(answer)}, was {told(golden)}"
    )
print("the golden answer has survived")
