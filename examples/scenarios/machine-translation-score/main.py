# --8<-- [start:baselines]
from pathlib import Path

from catalogues import load_pairs
from scoring import BLEU_ZH, Memory, score

parts = load_pairs(Path("weights/pairs.json"))
held_out = parts["test"]
english = [pair.english for pair in held_out]
memory = Memory(parts["train"])
for name, translations in (
    ("copy", english),
    ("memory", memory.nearest(english)[1]),
    ("truth", [pair.chinese for pair in held_out]),
):
    found = score(translations, held_out)
    figures = " ".join(f"{key} {value:.1f}" for key, value in found.items())
    print(f"{name:8}{figures}")
print(BLEU_ZH.get_signature())
# --8<-- [end:baselines]

# --8<-- [start:wrong]
asked = ["Delete the notebook", "Never delete the notebook"]
for text, near, found in zip(asked, *memory.nearest(asked), strict=True):
    print(f"{near:.2f} {text} -> {found}")
# --8<-- [end:wrong]
