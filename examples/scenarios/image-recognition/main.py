# --8<-- [start:data]
import numpy as np

from fashion import LABELS, folder, load

images, labels = load(folder(), "train")
test, truth = load(folder(), "test")
print(images.shape, images.dtype, test.shape)
print("rarest:", np.bincount(labels).min(), "largest:", images.max())
shades = np.array(list(" .:-=+*#%@"))
for row in test[0][10:22:2]:
    print("".join(shades[row // 26]))
print(LABELS[truth[0]])
# --8<-- [end:data]
# --8<-- [start:faults]
import gzip
from pathlib import Path

from fashion import BadData

broken = Path("broken")
broken.mkdir()
name = broken / "t10k-images-idx3-ubyte.gz"
whole = (folder() / name.name).read_bytes()
kinds = {
    "missing": None,
    "a web page": b"<html>404</html>",
    "half a download": whole[:100_000],
    "labels": (folder() / "t10k-labels-idx1-ubyte.gz").read_bytes(),
    "an image short": gzip.compress(gzip.decompress(whole)[:-784]),
}
for kind, content in kinds.items():
    if content is not None:
        name.write_bytes(content)
    try:
        load(broken, "test")
    except BadData as error:
        print(f"{kind}: {error}")
# --8<-- [end:faults]
# --8<-- [start:baselines]
from sklearn.linear_model import LogisticRegression

fit = len(images) * 11 // 12  # the rest sets the temperature, later


def rows(pictures: np.ndarray) -> np.ndarray:
    """One row of 784 numbers from 0 to 1 for each picture."""
    pixels = pictures.reshape(len(pictures), -1)
    return pixels.astype(np.float32) / 255


def right(guesses: np.ndarray) -> float:
    return float(np.mean(guesses == truth))


most = np.bincount(labels[:fit]).argmax()
print(f"always {LABELS[most]}: {right(np.full(len(truth), most)):.0%}")
linear = LogisticRegression(C=0.1, tol=1e-3, max_iter=300)
linear.fit(rows(images[:fit]), labels[:fit])
print(f"linear: {right(linear.predict(rows(test))):.0%}")
# --8<-- [end:baselines]
# --8<-- [start:train]
import torch

from train import logits, train

torch.set_num_threads(1)  # the network is too small to share
network, losses = train(images[:fit], labels[:fit], epochs=3)
short = logits(network, test)
print("the loss falls:", losses[2] < losses[1] < losses[0])
print(f"network, {fit} images, 3 epochs: {right(short.argmax(1)):.0%}")
# --8<-- [end:train]
# --8<-- [start:committed]
from train import load_network

network, temperature = load_network()
answers = logits(network, test)
print(f"network, as committed: {right(answers.argmax(1)):.1%}")
# --8<-- [end:committed]
# --8<-- [start:top]


def top_k(answers: np.ndarray, k: int) -> float:
    """How often the truth is among the k best; a tie counts against it."""
    own = np.take_along_axis(answers, truth[:, None], axis=1)
    return float(np.mean((answers >= own).sum(axis=1) <= k))


for k in (1, 2, 5):
    print(f"top-{k}: {top_k(answers, k):.1%}")
broken_answers = np.zeros_like(answers)
print(f"all the same, by argsort: {right(broken_answers.argmax(1)):.0%}")
print(f"all the same, ties against: {top_k(broken_answers, 1):.0%}")
# --8<-- [end:top]
# --8<-- [start:confusion]
from sklearn.metrics import confusion_matrix, f1_score

guesses = answers.argmax(1)
counts = confusion_matrix(truth, guesses)
for n in f1_score(truth, guesses, average=None).argsort()[:3]:
    others = counts[n] * (np.arange(10) != n)
    confused = LABELS[others.argmax()]
    found = counts[n, n] / counts[n].sum()
    print(f"{LABELS[n]}: {found:.0%} found, most others as {confused}")
worst = f1_score(truth, guesses, average=None).min()
mean = f1_score(truth, guesses, average="macro")
print(f"macro-F1 {mean:.2f}, of the worst class {worst:.2f}")
# --8<-- [end:confusion]
