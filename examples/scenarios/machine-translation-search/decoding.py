"""From scores to a translation: greedy, which streams, and beam search."""

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from subwords import END, PAD, START, Subwords, mask, unmask
from translator import pad


class Steps(Protocol):
    """A model in two steps, whether eager or exported."""

    def encode(self, source: Tensor) -> Tensor: ...

    def decode(
        self, pieces: Tensor, source: Tensor, cross: Tensor, past: Tensor
    ) -> tuple[Tensor, Tensor]: ...

    def nothing(self, batch: int) -> Tensor: ...


def loops(pieces: Sequence[int]) -> bool:
    """Whether the end is the same one to four pieces, four times over."""
    for size in range(1, 5):
        tail = pieces[-4 * size :]
        if len(tail) == 4 * size and tail == tail[:size] * 4:
            return True
    return False


class Greedy:
    """The best piece, again and again; one call of `step` for each.

    Set `done[row]` to stop one row of the batch, whoever asked for it.
    """

    def __init__(self, steps: Steps, source: Tensor, longest: int) -> None:
        self.steps, self.source, self.longest = steps, source, longest
        with torch.inference_mode():
            self.cross = steps.encode(source)
            self.past = steps.nothing(len(source))
        self.last = torch.full((len(source), 1), START)
        self.pieces: list[list[int]] = [[] for _ in source]
        self.logs = [0.0] * len(source)
        self.done = [False] * len(source)
        self.why = ["stopped"] * len(source)

    def step(self) -> bool:
        """Add one piece to each row; False when all are done."""
        if all(self.done):
            return False
        with torch.inference_mode():
            scores, self.past = self.steps.decode(
                self.last, self.source, self.cross, self.past
            )
            logs, best = scores[:, -1].log_softmax(dim=-1).max(dim=-1)
        self.last = best[:, None]
        for row, piece in enumerate(best.tolist()):
            if self.done[row]:
                continue
            pieces = self.pieces[row]
            pieces.append(piece)
            self.logs[row] += float(logs[row])
            if piece == END:
                self.why[row] = "end"
            elif loops(pieces):
                self.why[row] = "repetition"
            elif len(pieces) == self.longest:
                self.why[row] = "length"
            self.done[row] = self.why[row] != "stopped"
        return True

    def run(self) -> list[list[int]]:
        while self.step():
            pass
        return self.pieces


def beam_search(
    steps: Steps,
    source: Tensor,
    longest: int,
    width: int = 4,
    penalty: float = 0.6,
) -> list[list[int]]:
    """The best of many translations, `width` of which are kept in mind.

    Args:
        penalty: of being short; 0 is none.
    """
    batch = len(source)
    source = source.repeat_interleave(width, dim=0)
    first = torch.arange(batch)[:, None] * width
    pieces = torch.full((batch * width, 1), START)
    done = torch.zeros(batch * width, dtype=torch.bool)
    totals = torch.full((batch, width), float("-inf"))
    totals[:, 0] = 0.0  # all beams begin the same: use one
    with torch.inference_mode():
        cross, past = steps.encode(source), steps.nothing(batch * width)
        for _ in range(longest):
            scores, past = steps.decode(pieces[:, -1:], source, cross, past)
            logs = scores[:, -1].log_softmax(dim=-1)
            logs[done] = float("-inf")
            logs[done, PAD] = 0.0  # what has ended stays as good as it is
            words = logs.shape[1]
            both = (totals.flatten()[:, None] + logs).view(batch, -1)
            totals, best = both.topk(width)
            rows = (first + best // words).flatten()
            piece = (best % words).flatten()
            pieces = torch.cat([pieces[rows], piece[:, None]], dim=1)
            past = past[:, :, rows]  # each beam takes its past along
            done = done[rows] | (piece == END)
            if done.all():
                break
    lengths = (pieces[:, 1:] != PAD).sum(dim=1).view(batch, width)
    fair = totals / ((5 + lengths) / 6) ** penalty
    chosen = pieces[(first[:, 0] + fair.argmax(dim=1))]
    return [[n for n in row if n != PAD] for row in chosen[:, 1:].tolist()]


def translate(
    steps: Steps,
    subwords: Subwords,
    texts: Sequence[str],
    longest: int = 64,
    width: int = 1,
) -> list[str]:
    """Translations by the model; greedy, or by beam search if width > 1."""
    masked = [mask(text) for text in texts]
    sources = [subwords.encode(text)[-longest:] for text, _ in masked]
    order = sorted(range(len(texts)), key=lambda n: len(sources[n]))
    found = [""] * len(texts)
    size = 32 // width
    for start in range(0, len(texts), size):
        rows = order[start : start + size]
        source = pad([sources[n] for n in rows])
        limit = min(longest, 2 * source.shape[1] + 8)
        if width == 1:
            answers = Greedy(steps, source, limit).run()
        else:
            answers = beam_search(steps, source, limit, width)
        for n, pieces in zip(rows, answers, strict=True):
            found[n] = unmask(subwords.decode(pieces), masked[n][1])
    return found
