"""Do these artifacts still give the golden answer of the first one?"""

import json
from pathlib import Path

import numpy as np

from artifact import verify
from imaging import PREPROCESSING, prepare
from model import open_model

first = Path("artifact")
image = prepare((first / "golden.jpg").read_bytes(), 25_000_000)
golden = np.array(json.loads((first / "golden.json").read_text()))
labels = (first / "labels.txt").read_text().splitlines()


def best(probabilities: np.ndarray) -> str:
    index = int(probabilities.argmax())
    return f"{labels[index]} {probabilities[index]:.3f}"


def compare(folder: Path) -> str:
    manifest = verify(folder, PREPROCESSING)
    predict = open_model(folder, manifest.export.format)
    [answer] = predict(image[None])
    if np.abs(answer - golden).max() > manifest.tolerances.max_abs:
        return f"{best(answer)}, was {best(golden)}"
    return "the golden answer has survived"


for name in ("artifact", "wrong"):
    print(f"{name}: {compare(Path(name))}")
