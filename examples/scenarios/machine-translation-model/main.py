# --8<-- [start:short]
from pathlib import Path

import torch

from catalogues import load_pairs
from subwords import Subwords
from training import texts_of, train
from translator import Config

torch.set_num_threads(1)  # so small a model gains nothing from more
folder = Path("weights")
parts = load_pairs(folder / "pairs.json")
subwords = Subwords.train(texts_of(parts["train"]), 4000)
config = Config(subwords.size, width=96, heads=3, layers=1, inner=192)
some, valid = parts["train"][:1500], parts["valid"]
losses = []
for model, trained, held_out in train(
    some, valid, subwords, config, epochs=2, rate=2e-3, size=16, drop=0.0
):
    print(f"training {trained:.1f}, held out {held_out:.1f}")
    losses.append(held_out)
print("learns:", losses[1] < losses[0])
# --8<-- [end:short]
