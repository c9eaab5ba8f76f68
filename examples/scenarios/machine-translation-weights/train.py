"""Train all of it, measure it, and seal the folder (half an hour).

    python train.py weights [--epochs 40] [--words 4000] [--seed 0]

The folder has pairs.json and gets the model, the vocabulary and a manifest.
"""

import argparse
import sys
import time
from pathlib import Path

import torch

from catalogues import load_pairs
from decoding import translate
from scoring import score
from subwords import Subwords
from training import texts_of, train
from translator import Config
from weights import save_model, seal

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--words", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    torch.set_num_threads(1)  # another number rounds differently
    parts = load_pairs(given.folder / "pairs.json")
    subwords = Subwords.train(texts_of(parts["train"]), given.words)
    config = Config(subwords.size)
    runs = train(
        parts["train"], parts["valid"], subwords, config,
        given.epochs, given.seed,
    )  # fmt: skip
    begin = time.monotonic()
    for epoch, (model, trained, valid) in enumerate(runs, start=1):
        minutes = (time.monotonic() - begin) / 60
        print(
            f"epoch {epoch}: {trained:.2f}, held out {valid:.2f}, "
            f"{minutes:.1f} min",
            flush=True,
        )
    save_model(given.folder, model, subwords)
    texts = [pair.english for pair in parts["test"]]
    translations = translate(model.eval(), subwords, texts)
    facts = {
        "command": " ".join(["python", *sys.argv]),
        "seed": given.seed,
        "torch": torch.__version__,
        "minutes": round(minutes, 1),
        "test": {
            name: round(value, 2)
            for name, value in score(translations, parts["test"]).items()
        },
    }
    seal(given.folder, config, facts)
    print(facts)
