# --8<-- [start:train]
import torch
from decoder import Decoder, corpus, train
from torch import Tensor

torch.set_num_threads(1)
words = corpus()
vocabulary = sorted(set(words))
code = {word: number for number, word in enumerate(vocabulary)}
text = torch.tensor([code[word] for word in words])
model = train(text, len(vocabulary), steps=200)


def greedy(prompt: Tensor, count: int) -> list[int]:
    """Return the likeliest continuation, one request alone."""
    cache, written = model.cache(1), len(prompt)
    scores = model(prompt[None], torch.zeros(1, dtype=torch.long), cache)
    made = [int(scores[0, -1].argmax())]
    while len(made) < count:
        scores = model(torch.tensor([made[-1:]]), torch.tensor([written]),
                       cache)
        written += 1
        made.append(int(scores[0, -1].argmax()))
    return made


said = model(text[None, :150])[0, :-1].argmax(dim=1)
right = (said == text[1:150]).float().mean()
print(f"{len(vocabulary)} words")
print(f"the next one right: {100 * right:.0f} %")
# --8<-- [end:train]


# --8<-- [start:requests]
from dataclasses import dataclass, field


@dataclass
class Request:
    """A prompt, how much will be written, and what was."""

    prompt: Tensor
    count: int
    made: list[int] = field(default_factory=list)

    @property
    def length(self) -> int:
        """Tokens in the cache: the last one made is not yet there."""
        return len(self.prompt) + max(len(self.made) - 1, 0)


def arrivals(count: int) -> list[Request]:
    """Return requests as users send them: most short, some long."""
    random = torch.Generator().manual_seed(0)
    begins = torch.randint(len(text) - 12, (count,), generator=random)
    wanted = -30 * torch.rand(count, generator=random).log()
    return [Request(text[begin:begin + 12], int(want) + 4)
            for begin, want in zip(begins, wanted.clamp(max=140))]


lengths = sorted(request.count for request in arrivals(48))
print(f"shortest {lengths[0]}, median {lengths[24]}, longest {lengths[-1]}")
# --8<-- [end:requests]


# --8<-- [start:serve]
SLOTS = 8


def serve(
    queue: list[Request], continuous: bool
) -> tuple[int, float, list[list[int]]]:
    """Write all; return steps, share of busy slots, and lengths by step."""
    cache, waiting = model.cache(SLOTS), list(queue)
    slots: list[Request | None] = [None] * SLOTS
    history: list[list[int]] = []
    while waiting or any(slots):
        free = continuous or not any(slots)
        for number in range(SLOTS):
            if free and waiting and slots[number] is None:
                slots[number] = waiting.pop(0)  # read its prompt at once
                request, own = slots[number], [
                    (key[number:number + 1], value[number:number + 1])
                    for key, value in cache]
                scores = model(request.prompt[None],
                               torch.zeros(1, dtype=torch.long), own)
                request.made.append(int(scores[0, -1].argmax()))
        busy = [request for request in slots if request]
        history.append([request.length for request in busy])
        scores = model(
            torch.tensor([[r.made[-1] if r else 0] for r in slots]),
            torch.tensor([r.length if r else 0 for r in slots]), cache)
        for number, request in enumerate(slots):
            if request:
                request.made.append(int(scores[number, -1].argmax()))
                if len(request.made) >= request.count:
                    slots[number] = None
    share = sum(map(len, history)) / (SLOTS * len(history))
    return len(history), share, history


runs, steps_of = {}, {}
for name, continuous in (("static", False), ("continuous", True)):
    queue = arrivals(48)
    steps, share, history = serve(queue, continuous)
    runs[name], steps_of[name] = (queue, history), steps
    print(f"{name:10} {steps} steps, {100 * share:.0f} % of slots busy")
# --8<-- [end:serve]


# --8<-- [start:same]
served = runs["continuous"][0]
alone = [greedy(request.prompt, request.count) for request in served]
same = [request.made == made for request, made in zip(served, alone)]
print("answers as if alone:", f"{100 * sum(same) / len(same):.0f} %")
# --8<-- [end:same]


# --8<-- [start:paged]
BLOCK = 16  # tokens a page


def used(history: list[list[int]], room: str) -> float:
    """Return the share of reserved cache that holds something."""
    held = sum(map(sum, history))
    if room == "longest":  # each slot as long as a request may become
        reserved = model.limit * sum(map(len, history))
    else:  # pages, when they are needed
        reserved = sum(BLOCK * -(-length // BLOCK)
                       for step in history for length in step)
    return held / reserved


history = runs["continuous"][1]
for room in ("longest", "pages"):
    print(f"{room:8} {100 * used(history, room):3.0f} % of the memory used")
room_for = SLOTS * used(history, "pages") / used(history, "longest")
print(f"in the memory of {SLOTS} slots: about {room_for:.0f} requests")
# --8<-- [end:paged]


# --8<-- [start:draft]
from collections import Counter, defaultdict


class Draft:
    """Guesses the next token from the last few, by counting."""

    def __init__(self, text: Tensor, order: int) -> None:
        self.order = order
        counts: dict[tuple[int, ...], Counter[int]] = defaultdict(Counter)
        ids = text.tolist()
        for place in range(order, len(ids)):
            counts[tuple(ids[place - order:place])][ids[place]] += 1
        self.best = {key: found.most_common(1)[0][0]
                     for key, found in counts.items()}

    def guess(self, tokens: list[int], count: int) -> list[int]:
        """Return that many guesses, each resting on the one before."""
        tokens = list(tokens)
        for _ in range(count):
            tokens.append(self.best.get(tuple(tokens[-self.order:]), 0))
        return tokens[-count:]
# --8<-- [end:draft]


# --8<-- [start:speculate]
def speculative(
    prompt: Tensor, count: int, draft: Draft, guesses: int
) -> tuple[list[int], int, int]:
    """Return the text, calls of the model, and accepted guesses."""
    cache, calls, accepted = model.cache(1), 1, 0
    scores = model(prompt[None], torch.zeros(1, dtype=torch.long), cache)
    made = [int(scores[0, -1].argmax())]
    while len(made) < count:
        guessed = draft.guess(prompt.tolist() + made, guesses)
        start = torch.tensor([len(prompt) + len(made) - 1])
        scores = model(torch.tensor([made[-1:] + guessed]), start, cache)
        calls += 1
        said = scores[0].argmax(dim=1).tolist()  # one more than guessed
        right = 0
        while right < guesses and guessed[right] == said[right]:
            right += 1
        accepted += right
        made += said[:right + 1]  # what is wrong is overwritten next time
    return made[:count], calls, accepted


queue, plain = served[:16], alone[:16]
tokens = sum(map(len, plain))
accepted: dict[tuple[int, int], float] = {}  # by order and guesses
per_call: dict[tuple[int, int], float] = {}
for order in (3, 1):
    for guesses in (2, 4):
        draft = Draft(text, order)
        out = [speculative(r.prompt, r.count, draft, guesses)
               for r in queue]
        calls = sum(calls for _, calls, _ in out)
        kept = sum(kept for _, _, kept in out)
        case = order, guesses
        accepted[case] = kept / (guesses * (calls - len(queue)))
        per_call[case] = tokens / calls
        print(f"last {order}, {guesses} guesses,",
              "same text:", [made for made, _, _ in out] == plain)
        print(f"    {accepted[case]:.2f} accepted,",
              f"{per_call[case]:.1f} tokens a call")
# --8<-- [end:speculate]
