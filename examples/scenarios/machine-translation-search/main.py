# --8<-- [start:score]
from pathlib import Path

import torch

from catalogues import load_pairs
from decoding import translate
from scoring import Memory, score
from weights import load

torch.set_num_threads(1)  # so small a model gains nothing from more
folder = Path("weights")
model, subwords, manifest = load(folder)
parts = load_pairs(folder / "pairs.json")
held_out = parts["test"]
english = [pair.english for pair in held_out]
near, remembered = Memory(parts["train"]).nearest(english)
answers = {
    "copy": english,
    "memory": remembered,
    "greedy": translate(model, subwords, english),
    "beam 4": translate(model, subwords, english, width=4),
}
scores = {}
for name, translations in answers.items():
    scores[name] = found = score(translations, held_out)
    figures = " ".join(f"{key} {value:4.0f}" for key, value in found.items())
    print(f"{name:8}{figures}")
sealed = manifest["test"]["bleu"]
print("as sealed:", abs(scores["greedy"]["bleu"] - sealed) < 0.5)
# --8<-- [end:score]

# --8<-- [start:near]
bleu: dict[tuple[float, str], float] = {}  # by least likeness
for low, high in ((0.0, 0.5), (0.5, 0.7), (0.7, 1.01)):
    rows = [n for n, value in enumerate(near) if low <= value < high]
    pairs = [held_out[n] for n in rows]
    print(f"{low:.1f} to {high:.1f}: {len(rows)} texts")
    for name in ("memory", "beam 4"):
        found = score([answers[name][n] for n in rows], pairs)
        bleu[low, name] = found["bleu"]
        print(f"    {name:6}: BLEU {found['bleu']:.0f}")
# --8<-- [end:near]

# --8<-- [start:examples]
asked = [
    "Delete the notebook",
    "Never delete the notebook",
    "The cat sat on the mat.",
    "Supprimer le fichier",
    "Delete delete delete delete",
]
for text, answer in zip(asked, translate(model, subwords, asked, width=4)):
    print(text, "->", answer)
# --8<-- [end:examples]
