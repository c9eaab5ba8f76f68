"""Text to numbers and back, with placeholders that no model may change."""

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, normalizers
from tokenizers import pre_tokenizers, trainers

from catalogues import PLACEHOLDER

PAD, START, END = 0, 1, 2
HOLDERS = 8  # placeholders in one text
SPECIAL = ["<pad>", "<s>", "</s>"] + [f"<{n}>" for n in range(HOLDERS)]


def mask(
    text: str, holders: Sequence[str] | None = None
) -> tuple[str, list[str]]:
    """`%(name)s` becomes `<0>`, the next placeholder `<1>`, and so on.

    Args:
        text: with its placeholders.
        holders: those of the original, if this is its translation.

    Returns:
        The text with numbers, and what they stand for.
    """
    known = list(holders or ())

    def number(found: re.Match[str]) -> str:
        if found[0] not in known:
            if holders is not None or len(known) == HOLDERS:
                return found[0]
            known.append(found[0])
        return f"<{known.index(found[0])}>"

    return PLACEHOLDER.sub(number, text), known


def unmask(text: str, holders: Sequence[str]) -> str:
    def original(found: re.Match[str]) -> str:
        number = int(found[1])
        return holders[number] if number < len(holders) else ""

    return re.sub(r"<(\d)>", original, text)


class Subwords:
    """One vocabulary for both languages; rare characters become bytes."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        self.size = tokenizer.get_vocab_size()

    @classmethod
    def train(cls, texts: Iterable[str], size: int) -> "Subwords":
        tokenizer = Tokenizer(models.BPE())
        tokenizer.normalizer = normalizers.NFC()
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Metaspace(prepend_scheme="first"),
                pre_tokenizers.Punctuation(),
            ]
        )
        tokenizer.decoder = decoders.Sequence([
            decoders.Replace("\u2581", " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(" ", 1, 0),
        ])  # fmt: skip
        trainer = trainers.BpeTrainer(
            vocab_size=size - 256,
            min_frequency=2,
            limit_alphabet=size // 2,
            special_tokens=SPECIAL,
            show_progress=False,
        )
        tokenizer.train_from_iterator(texts, trainer)
        saved = json.loads(tokenizer.to_str())
        words = saved["model"]["vocab"]
        for byte in range(256):
            words[f"<0x{byte:02X}>"] = len(words)
        saved["model"]["byte_fallback"] = True
        return cls(Tokenizer.from_str(json.dumps(saved)))

    @classmethod
    def load(cls, path: Path) -> "Subwords":
        return cls(Tokenizer.from_file(str(path)))

    def save(self, path: Path) -> None:
        self.tokenizer.save(str(path))

    def encode(self, masked: str, dropout: float = 0.0) -> list[int]:
        """Pieces of a masked text, and the end.

        Args:
            masked: what `mask` returned.
            dropout: for training, how often a merge is left out, so that
                the model sees words in other pieces as well.
        """
        self.tokenizer.model.dropout = dropout or None
        return [*self.tokenizer.encode(masked).ids, END]

    def decode(self, ids: Iterable[int]) -> str:
        """The masked text that these pieces are."""
        kept = [n for n in ids if n not in (PAD, START, END)]
        return self.tokenizer.decode(kept, skip_special_tokens=False).strip()
