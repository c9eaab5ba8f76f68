# --8<-- [start:folders]
import json
import tempfile
from pathlib import Path


def class_to_idx(root: Path) -> dict[str, int]:
    """Number the folders as torchvision's ImageFolder does."""
    names = sorted(entry.name for entry in root.iterdir() if entry.is_dir())
    return {name: index for index, name in enumerate(names)}


train = Path(tempfile.mkdtemp())
for name in ["0", "1", "2", "10"]:
    (train / name).mkdir()
print("training:        ", class_to_idx(train))

server = Path(tempfile.mkdtemp())  # only the folders of the test set
for name in ["1", "2", "10"]:
    (server / name).mkdir()
print("another folder:  ", class_to_idx(server))
print("sorted as numbers:", sorted([10, 2, 1, 0]))
# --8<-- [end:folders]


# --8<-- [start:detect]
import numpy as np


def find_relabeling(scores: np.ndarray, labels: np.ndarray) -> str:
    """Say how the model's numbers map to the labels of a test set.

    `scores` has shape [samples, outputs]; `labels` are class numbers.
    """
    outputs = scores.shape[1]
    predicted = scores.argmax(axis=1)
    table = np.zeros((outputs, outputs), dtype=int)
    np.add.at(table, (labels, predicted), 1)
    seen = np.flatnonzero(table.sum(axis=1))
    best = table.argmax(axis=1)[seen]
    right = np.trace(table) / len(labels)
    mapped = table.max(axis=1).sum() / len(labels)
    shifts = set((best - seen).tolist())
    if shifts == {0}:
        kind = "no change"
    elif len(shifts) == 1:
        kind = f"every number is off by {shifts.pop():+d}"
    elif len(set(best.tolist())) == len(seen):
        kind = "the numbers are permuted"
    else:
        kind = "no relabeling: look at the input instead"
    return f"{right:.2f} right, {mapped:.2f} after relabeling; {kind}"


rng = np.random.default_rng(0)
labels = rng.integers(0, 10, 500)
good = np.eye(10)[labels] + rng.normal(scale=0.3, size=(500, 10))
background = np.column_stack([rng.normal(scale=0.3, size=500), good])
as_text = [int(name) for name in sorted(map(str, range(10)))]
letters = ["t-shirt", "trouser", "pullover", "dress", "coat",
           "sandal", "shirt", "sneaker", "bag", "boot"]
order = np.argsort(letters)
noise = rng.normal(size=(500, 10))

verdicts = {
    "same order": find_relabeling(good, labels),
    "background class": find_relabeling(background, labels),
    "sorted by name": find_relabeling(good[:, order], labels),
    "wrong input": find_relabeling(noise, labels),
}
for case, text in verdicts.items():
    print(f"{case}: {text}")
# --8<-- [end:detect]


# --8<-- [start:store]
import torch
from torch import nn

classes = [name for name, _ in sorted(class_to_idx(train).items(),
                                      key=lambda item: item[1])]
model = nn.Linear(64, len(classes)).eval()
program = torch.export.export(model, (torch.rand(1, 64),))
torch.export.save(program, "model.pt2",
                  extra_files={"labels.json": json.dumps(classes)})
# --8<-- [end:store]


# --8<-- [start:load]
extra = {"labels.json": ""}
loaded = torch.export.load("model.pt2", extra_files=extra)
names = json.loads(extra["labels.json"])

scores = loaded.module()(torch.rand(1, 64))
if scores.shape[1] != len(names):
    raise ValueError(f"{scores.shape[1]} outputs, {len(names)} labels")
print(names, "for", scores.shape[1], "outputs")
# --8<-- [end:load]


# --8<-- [start:guard]
def check_labels(outputs: int, names: list[str]) -> None:
    """Refuse a list that cannot belong to the model."""
    if len(names) != outputs:
        raise ValueError(f"{outputs} outputs and {len(names)} labels")
    if len(set(names)) != len(names):
        raise ValueError("a label appears twice")
# --8<-- [end:guard]

try:
    # --8<-- [start:refused]
    check_labels(1001, [f"class {n}" for n in range(1000)])
    # --8<-- [end:refused]
except ValueError as error:
    print(error)
