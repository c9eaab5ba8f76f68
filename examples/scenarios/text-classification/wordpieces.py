"""From text to token ids. Training, build, service and tests use this."""

import unicodedata
from pathlib import Path
from typing import Any, Literal

import numpy as np
from tokenizers import Tokenizer

Policy = Literal["refuse", "head", "ends"]
PAD, UNKNOWN, START, END = 0, 100, 101, 102
MAX_TOKENS = 256
MAX_UNKNOWN = 0.2
BUCKETS = 16, 32, 64, 128, 256

# Stands in the manifest: an artifact built for other steps is refused.
PREPROCESSING: dict[str, Any] = {
    "normalization": "NFKC",
    "unicode": unicodedata.unidata_version,
    "emoji": "spelt out by their Unicode names",
    "tokenizer": "tokenizer.json",
    "max_tokens": MAX_TOKENS,
    "max_unknown": MAX_UNKNOWN,
    "padding": "id 0, on the right",
}


class BadText(ValueError):
    """This text gets no answer; `kind` is for programs."""

    kind = "bad_text"


class Empty(BadText):
    kind = "empty"


class TooLong(BadText):
    kind = "too_long"


class NotUnderstood(BadText):
    kind = "not_understood"


def normalize(text: str) -> str:
    """One spelling for what looks the same, and words for emoji."""
    spelt = []
    for character in unicodedata.normalize("NFKC", text):
        if unicodedata.category(character) == "So":  # symbol, other
            character = f" {unicodedata.name(character, '').lower()} "
        spelt.append(character)
    return "".join(spelt)


def shorten(ids: list[int], policy: Policy) -> list[int]:
    """Ids that fit, between their start and end marks.

    Raises:
        TooLong: they do not fit, and the policy is to refuse.
    """
    room = MAX_TOKENS - 2
    if len(ids) > room:
        if policy == "refuse":
            raise TooLong(
                f"{len(ids) + 2} tokens, of which at most {MAX_TOKENS} fit"
            )
        tail = room // 2 if policy == "ends" else 0
        ids = ids[: room - tail] + ids[len(ids) - tail :]
    return [START, *ids, END]


class Wordpieces:
    """The tokenizer that lies beside the weights it was trained with."""

    def __init__(self, folder: Path) -> None:
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()  # the file says: always to 128,
        self.tokenizer.no_truncation()  # and cut at 128 without a word

    def pieces(self, text: str) -> list[str]:
        """What the model reads of a text."""
        spelt = normalize(text)
        return self.tokenizer.encode(spelt, add_special_tokens=False).tokens

    def encode(self, text: str, policy: Policy = "refuse") -> np.ndarray:
        """Ids of one text: int64 [length].

        Raises:
            Empty: there is nothing to read.
            TooLong: more than the model takes, and the policy is to refuse.
            NotUnderstood: too much of it is in no vocabulary of this model.
        """
        spelt = normalize(text)
        ids = self.tokenizer.encode(spelt, add_special_tokens=False).ids
        if not ids:
            raise Empty("no text to classify")
        unknown = ids.count(UNKNOWN) / len(ids)
        if unknown > MAX_UNKNOWN:
            raise NotUnderstood(
                f"{unknown:.0%} of the words are unknown to this model"
            )
        return np.array(shorten(ids, policy), np.int64)


def bucket(length: int) -> int:
    """The length that a text is padded to."""
    return next(size for size in BUCKETS if size >= length)


def pad(items: list[np.ndarray]) -> np.ndarray:
    """One array of texts of different lengths: int64 [batch, longest]."""
    longest = bucket(max(map(len, items)))
    batch = np.full((len(items), longest), PAD, np.int64)
    for row, ids in zip(batch, items, strict=True):
        row[: len(ids)] = ids
    return batch
