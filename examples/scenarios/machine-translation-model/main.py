# --8<-- [start:short]
from collections.abc import Sequence
from math import log
from pathlib import Path

import torch
from torch import Tensor

from catalogues import Pair, load_pairs
from subwords import PAD, Subwords
from training import batches, texts_of, train
from translator import Config

torch.set_num_threads(1)  # so small a model gains nothing from more
folder = Path("weights")
parts = load_pairs(folder / "pairs.json")
subwords = Subwords.train(texts_of(parts["train"]), 4000)
config = Config(subwords.size, width=96, heads=3, layers=1, inner=192)
some, valid = parts["train"][:1500], parts["valid"]


def counts(pairs: Sequence[Pair]) -> Tensor:
    """How often each piece is the next one in the translations."""
    total = torch.zeros(config.words)
    for _, target in batches(pairs, subwords, 64, config.longest):
        pieces = target[:, 1:]
        total += pieces[pieces != PAD].bincount(minlength=config.words)
    return total


seen, held_out = counts(some) + 1, counts(valid)  # no piece has odds of 0
odds = (seen / seen.sum()).log()
frequency = -float((held_out * odds).sum() / held_out.sum())
print(f"a guess among {config.words} pieces {log(config.words):.1f}")
print(f"frequency alone, held out {frequency:.1f}")
losses = []
for model, trained, loss in train(
    some, valid, subwords, config, epochs=2, rate=2e-3, size=16, drop=0.0
):
    print(f"training {trained:.1f}, held out {loss:.1f}")
    losses.append(loss)
# --8<-- [end:short]
