# ---
# title: "Machine translation: looking at the texts, the model and its answers"
# description: See how long texts are, how a training goes, where the model beats a translation memory, and what it looks at for each piece.
# requires: [torch, tokenizers, safetensors, sacrebleu, scikit-learn, matplotlib]
# uses: [scenarios/machine-translation-search]
# ---

# %% [markdown]
# # Machine translation: looking at the texts, the model and its answers
#
# Catalogue texts of four programs, English and Chinese.
# [The pages](machine-translation.md) explain each step; here you look at it.

# %%
from collections import Counter
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch

from catalogues import load_pairs
from decoding import Greedy, translate
from scoring import Memory, score
from subwords import mask
from training import train
from translator import Config, pad
from weights import load

plt.rcParams.update({"figure.dpi": 80, "figure.figsize": (7, 3)})
BLUE, ORANGE, GREEN = "#3f7fbf", "#d9822b", "#2a9d6f"

torch.set_num_threads(1)  # so small a model gains nothing from more
model, subwords, manifest = load(Path("weights"))
parts = load_pairs(Path("weights/pairs.json"))
for name, pairs in parts.items():
    print(name, len(pairs), dict(Counter(pair.package for pair in pairs)))

# %% [markdown]
# ## Short texts, and shorter in Chinese
#
# Most have fewer than 20 pieces, and a few reach the limit of 64.
# That tail decides the memory and the time of a batch, as all its rows are
# padded to the longest.

# %%
# alt: Two histograms of pieces in a text, English and Chinese, both with a peak below 10 and a long tail.
rows = parts["train"]
english = [len(subwords.encode(mask(pair.english)[0])) for pair in rows]
chinese = [len(subwords.encode(mask(pair.chinese)[0])) for pair in rows]
figure, axes = plt.subplots()
bins = range(0, 66, 2)
axes.hist([english, chinese], bins, color=[BLUE, ORANGE])
axes.set(xlabel="pieces", ylabel="texts")
axes.legend(["English", "Chinese"])
figure.tight_layout()
print(f"mean: {np.mean(english):.1f} and {np.mean(chinese):.1f} pieces")

# %% [markdown]
# ## A training of a few seconds
#
# A smaller model on a part of the texts. The loss on held-out texts is what
# counts; guessing among 4,000 pieces is 8.3.

# %%
# alt: Two falling curves, the loss on training texts and on held-out texts, from about 7.
small = Config(subwords.size, width=96, heads=3, layers=1, inner=192)
losses = [
    (trained, valid)
    for _, trained, valid in train(
        rows[:1500],
        parts["valid"],
        subwords,
        small,
        epochs=2,
        rate=2e-3,
        size=16,
        drop=0.0,
    )
]
figure, axes = plt.subplots()
axes.set_xticks(range(1, 3))
axes.plot(range(1, 3), losses, "o-", label=["training", "held out"])
axes.set(xlabel="epoch", ylabel="nats for each piece")
axes.legend()
figure.tight_layout()
print("learns:", losses[-1][1] < losses[0][1])
print("committed weights:", manifest["command"], "seed", manifest["seed"])

# %% [markdown]
# ## Where it beats a memory
#
# Each held-out text has a nearest text in training. The memory gives that
# text's Chinese. The more alike, the better for the memory; the model needs
# it less.

# %%
# alt: Bars of BLEU for the translation memory and the model, in three groups of likeness to the nearest known text.
held_out = parts["test"]
texts = [pair.english for pair in held_out]
near, remembered = Memory(rows).nearest(texts)
answers = {"memory": remembered, "model": translate(model, subwords, texts)}
limits = (0.0, 0.5, 0.7, 1.01)
groups = np.digitize(near, limits) - 1
figure, axes = plt.subplots()
for offset, (name, found) in enumerate(answers.items()):
    bars = []
    for group in range(3):
        own = np.flatnonzero(groups == group)
        figures = score([found[n] for n in own], [held_out[n] for n in own])
        bars.append(figures["bleu"])
    color = (ORANGE, BLUE)[offset]
    axes.bar(np.arange(3) + 0.4 * offset, bars, 0.38, color=color, label=name)
    print(f"{name}: exact {score(found, held_out)['exact']:.0f}%")
axes.set_xticks(np.arange(3) + 0.2, ["below 0.5", "0.5 to 0.7", "above 0.7"])
axes.set(xlabel="likeness", ylabel="BLEU")
axes.legend()
figure.tight_layout()
print("texts:", np.bincount(groups).tolist())

# %% [markdown]
# ## Is it sure when it is right?
#
# The geometric mean of the pieces' probabilities, sorted into fifths. More
# of the confident translations are exactly the reference's, which is what
# makes a threshold useful. Many that differ are right as well.

# %%
# alt: Five rising bars: the share of exact translations, from the least to the most confident fifth.
confidence, exact = [], []
for start in range(0, len(texts), 32):
    masked = [mask(text)[0] for text in texts[start : start + 32]]
    source = pad([subwords.encode(text)[-64:] for text in masked])
    greedy = Greedy(model, source, 40)
    greedy.run()
    for log, pieces in zip(greedy.logs, greedy.pieces):
        confidence.append(np.exp(log / len(pieces)))
exact = [a == p.chinese for a, p in zip(answers["model"], held_out)]
order = np.argsort(confidence)
shares = [np.mean(np.array(exact)[own]) for own in np.array_split(order, 5)]
figure, axes = plt.subplots()
axes.bar(range(1, 6), shares, color=GREEN)
axes.set(xlabel="fifth by confidence", ylabel="exactly the reference")
figure.tight_layout()
print("most confident over least:", shares[4] > shares[0] + 0.2)
