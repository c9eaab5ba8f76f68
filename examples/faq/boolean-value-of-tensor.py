"""Boolean value of Tensor with more than one value is ambiguous"""
# --8<-- [start:one]
import torch


def decide(scores: torch.Tensor) -> str:
    if scores > 0.5:
        return "accept"
    return "reject"


print(decide(torch.tensor([0.9])))
# --8<-- [end:one]

try:
    # --8<-- [start:fails]
    decide(torch.tensor([0.9, 0.2]))
    # --8<-- [end:fails]
except RuntimeError as error:
    print(error)

try:
    # --8<-- [start:item]
    torch.tensor([0.1, 0.2, 0.3, 0.4]).item()
    # --8<-- [end:item]
except RuntimeError as error:
    print(error)

# --8<-- [start:where]
from collections import defaultdict

a, b = torch.tensor([0.9, 0.2]), torch.tensor([0.9, 0.7])
attempts = {
    "a or b": lambda: a or b,
    "a in [b]": lambda: a in [b],
    "{'scores': a} == {'scores': b}": lambda: {"scores": a} == {"scores": b},
    "max([a, b])": lambda: max([a, b]),
    "sorted([(1, a), (1, b)])": lambda: sorted([(1, a), (1, b)]),
    "float(a)": lambda: float(a),
    "torch.tensor([a, b])": lambda: torch.tensor([a, b]),
    "bool(a[:0])": lambda: bool(a[:0]),
    "a[:0].item()": lambda: a[:0].item(),
}
messages: dict[str, list[str]] = defaultdict(list)
for line, attempt in attempts.items():
    try:
        attempt()
    except (RuntimeError, ValueError) as error:
        messages[f"{type(error).__name__}: {error}"].append(line)
for message, lines in messages.items():
    print(message, *lines, sep="\n    ")
# --8<-- [end:where]


# --8<-- [start:fix]
def decide_each(scores: torch.Tensor) -> list[str]:
    return ["accept" if score > 0.5 else "reject" for score in scores.tolist()]


for batch in ([0.9], [0.9, 0.2], []):
    print(decide_each(torch.tensor(batch)))
# --8<-- [end:fix]

# --8<-- [start:questions]
cached: torch.Tensor | None = a
print("is there one:", cached is not None, "| with values:", a.numel() > 0)
print("any above:", bool((a > 0.5).any()), "| all:", bool((a > 0.5).all()))
print("the same:", torch.equal(a, b), "| close:", torch.allclose(a, b))
print("in a list:", any(torch.equal(a, other) for other in [b, a.clone()]))
print("a batch of both:", list(torch.stack([a, b]).shape))
# --8<-- [end:questions]
