# --8<-- [start:data]
from collections import Counter
from pathlib import Path

from catalogues import load_pairs

parts = load_pairs(Path("weights/pairs.json"))
print({name: len(pairs) for name, pairs in parts.items()})
everything = [pair for pairs in parts.values() for pair in pairs]
print(Counter(pair.package for pair in everything))
for pair in parts["test"][3:6]:
    print(pair.english, "->", pair.chinese)
# --8<-- [end:data]

# --8<-- [start:mask]
from subwords import mask, unmask

english = "Page %(number)s of %(total)s in <b>{name}</b>"
chinese = "{name} 第 %(number)s 页"
masked, holders = mask(english)
print(masked, holders)
print(mask(chinese, holders)[0])
print(unmask("<2> 第 <0> 页", holders))
with_holders = [pair for pair in everything if mask(pair.english)[1]]
print("with placeholders:", len(with_holders), "of", len(everything))
# --8<-- [end:mask]

# --8<-- [start:subwords]
from subwords import Subwords

texts = [
    mask(text)[0]
    for pair in parts["train"]
    for text in (pair.english, pair.chinese)
]
subwords = Subwords.train(texts, 4000)
print("vocabulary:", subwords.size)
for text in ("Delete the notebook", "删除笔记本", "齉 <0>"):
    print(subwords.tokenizer.encode(text).tokens)
# --8<-- [end:subwords]


# --8<-- [start:round]
def and_back(english: str, chinese: str) -> str:
    _, holders = mask(english)
    pieces = subwords.encode(mask(chinese, holders)[0])
    return unmask(subwords.decode(pieces), holders)


lost = [p for p in everything if and_back(p.english, p.chinese) != p.chinese]
print("not the same after a round trip:", len(lost))
lengths = [len(subwords.encode(mask(p.english)[0])) for p in everything]
print("longer than 64 pieces:", sum(n > 64 for n in lengths))
# --8<-- [end:round]
