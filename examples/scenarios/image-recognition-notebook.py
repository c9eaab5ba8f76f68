# ---
# title: "Image recognition: looking at pictures, errors and confidence"
# description: See the data, the training, the confusions and the calibration of a small image classifier in plots.
# requires: [torch, numpy, matplotlib, scikit-learn, safetensors]
# uses: [assets/data/fashion-mnist, assets/weights/image-recognition, scenarios/image-recognition]
# ---

# %% [markdown]
# # Image recognition: looking at pictures, errors and confidence
#
# An excerpt of [Fashion-MNIST](https://github.com/zalandoresearch/fashion-mnist)
# under its MIT license: 6,000 pictures for training, 2,000 held out. For all
# 70,000, set `FASHION_MNIST` to the folder with the original files.
# [The pages](image-recognition.md) explain each step; here you look at it.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix

from calibration import ece, fit_temperature, reliability, softmax
from fashion import LABELS, folder, load
from train import load_network, logits, train

plt.rcParams.update({"figure.dpi": 72, "figure.figsize": (7, 3)})
BLUE, ORANGE, GRAY = "#3f7fbf", "#d9822b", "#808080"

torch.set_num_threads(1)  # the network is too small to share
images, labels = load(folder(), "train")
test, truth = load(folder(), "test")
print(len(images), "for training,", len(test), "held out")

# %% [markdown]
# ## Ten classes
#
# Six pictures of each. Shirts, pullovers and coats look alike at 28 by 28
# pixels, to people as well.

# %%
# alt: Ten columns of six small gray pictures each: clothes, shoes and bags, white on black.
figure, columns = plt.subplots(1, 10, figsize=(7.4, 4))
for n, axes in enumerate(columns):
    axes.imshow(np.vstack(images[labels == n][:6]), cmap="gray")
    axes.set_title(LABELS[n], fontsize=7)
    axes.axis("off")
figure.tight_layout(w_pad=0.1)

# %% [markdown]
# ## Baselines, and a network
#
# Always the most frequent class; a linear model; and the committed network,
# which three passes over 5,500 pictures made.

# %%
# alt: Three bars of accuracy: the most frequent class at a tenth, the linear model above eighty percent, the network highest.
fit = len(images) * 11 // 12
flat = images[:fit].reshape(fit, -1) / 255
linear = LogisticRegression(C=0.01, max_iter=300).fit(flat, labels[:fit])
network, temperature = load_network()
answers = logits(network, test)
guesses = {
    "most frequent": np.full(len(test), np.bincount(labels[:fit]).argmax()),
    "linear": linear.predict(test.reshape(len(test), -1) / 255),
    "network": answers.argmax(1),
}
right = {name: float(np.mean(own == truth)) for name, own in guesses.items()}
figure, axes = plt.subplots(figsize=(7, 2))
axes.barh(list(right), list(right.values()), color=[GRAY, GRAY, BLUE])
axes.set(xlabel="right, of the held-out pictures", xlim=(0, 1))
axes.invert_yaxis()
figure.tight_layout()
print("in this order:", list(right.values()) == sorted(right.values()))

# %% [markdown]
# ## Who is taken for whom?
#
# Rows are the truth, columns the answer, in percent of the row. The large
# errors lie between things with sleeves, and between shoes.

# %%
# alt: A confusion matrix of ten classes. Its diagonal is dark except for shirt, which is often taken for T-shirt, pullover and coat.
counts = confusion_matrix(truth, guesses["network"], normalize="true") * 100
figure, axes = plt.subplots(figsize=(6, 5))
axes.imshow(counts, cmap="Blues")
for row, column in np.ndindex(counts.shape):
    if counts[row, column] >= 1:
        ink = "white" if counts[row, column] > 50 else "black"
        text = f"{counts[row, column]:.0f}"
        axes.text(column, row, text, ha="center", va="center", color=ink)
axes.set_xticks(range(10), LABELS, rotation=60, ha="right")
axes.set_yticks(range(10), LABELS)
axes.set(xlabel="answer", ylabel="truth")
figure.tight_layout()
print("worst:", LABELS[counts.diagonal().argmin()])

# %% [markdown]
# ## Sure and wrong
#
# The ten wrong answers of which the network was surest. Some labels are
# debatable: look before you blame the model.

# %%
# alt: Ten pictures with what the network said and what the label says, such as a shirt taken for a T-shirt.
odds = softmax(answers)
wrong = np.flatnonzero(guesses["network"] != truth)
surest = wrong[np.argsort(-odds[wrong].max(1))[:10]]
figure, axes = plt.subplots(2, 5, figsize=(7.4, 3.6))
for n, place in zip(surest, axes.flat, strict=True):
    place.imshow(test[n], cmap="gray")
    said = LABELS[odds[n].argmax()]
    place.set_title(f"said {said}\nlabel {LABELS[truth[n]]}", fontsize=8)
    place.axis("off")
figure.tight_layout()

# %% [markdown]
# ## Reliability
#
# A network that sees 300 pictures forty times is surer than it is right: its
# bars stay under the diagonal. One number, the temperature, fitted on pictures
# outside of the training, lifts them to it.

# %%
# alt: Two reliability diagrams. Left, bars under the diagonal before calibration. Right, bars close to the diagonal after it.
few, losses = train(images[:300], labels[:300], epochs=40)
before = logits(few, test)
after = before / fit_temperature(logits(few, images[fit:]), labels[fit:])
figure, both = plt.subplots(1, 2, figsize=(7, 3.4), sharey=True)
for axes, own, name in zip(both, (before, after), ("before", "after")):
    count, sure, kept = reliability(own, truth, bins=10).T
    used = count >= 10
    axes.bar(sure[used], kept[used], width=0.06, color=BLUE)
    axes.plot([0, 1], [0, 1], "--", color=ORANGE)
    axes.set(title=name, xlabel="sure", xlim=(0, 1), ylim=(0, 1))
both[0].set(ylabel="right")
figure.tight_layout()
print("ECE falls by half or more:", ece(after, truth) < ece(before, truth) / 2)

# %% [markdown]
# ## What a threshold buys
#
# If the model answers only where it is sure, it is wrong less often, and
# answers less. Where to stop is a question of what an error costs you.

# %%
# alt: A curve: the share of errors among the answers rises with the share of pictures that are answered.
sure = softmax(answers / temperature).max(1)
order = np.argsort(-sure)
errors = np.cumsum(guesses["network"][order] != truth[order])
share = np.arange(1, len(truth) + 1) / len(truth)
figure, axes = plt.subplots()
axes.plot(share[100:], errors[100:] / np.arange(101, len(truth) + 1))
axes.set(xlabel="share that is answered, surest first", ylabel="wrong of these")
figure.tight_layout()
half = errors[len(truth) // 2] / (len(truth) // 2)
print("the surer half is wrong in less than 3 %:", half < 0.03)
