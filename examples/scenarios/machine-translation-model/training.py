"""Training, seeded: from pairs to a model."""

import math
import random
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from catalogues import Pair
from subwords import PAD, START, Subwords, mask
from translator import Config, Translator, pad


def batches(
    pairs: Sequence[Pair],
    subwords: Subwords,
    size: int,
    longest: int,
    chance: random.Random | None = None,
    drop: float = 0.0,
) -> Iterator[tuple[Tensor, Tensor]]:
    """Sources and targets, of similar length; changed a little by chance."""
    rows = []
    for pair in pairs:
        english, holders = mask(pair.english)
        chinese, _ = mask(pair.chinese, holders)
        if chance and chance.random() < 0.2:
            english = english.lower()
        source = subwords.encode(english, drop)
        target = [START, *subwords.encode(chinese, drop)]
        if max(len(source), len(target)) <= longest:
            rows.append((source, target))
    if chance:
        chance.shuffle(rows)
    rows.sort(key=lambda row: len(row[0]) // 4 * 100 + len(row[1]) // 4)
    chunks = [rows[n : n + size] for n in range(0, len(rows), size)]
    if chance:
        chance.shuffle(chunks)
    for chunk in chunks:
        yield pad([row[0] for row in chunk]), pad([row[1] for row in chunk])


def loss_of(model: Translator, source: Tensor, target: Tensor) -> Tensor:
    scores = model(source, target[:, :-1])
    return functional.cross_entropy(
        scores.flatten(0, 1),
        target[:, 1:].flatten(),
        ignore_index=PAD,
        label_smoothing=0.1 if model.training else 0.0,
    )


def validate(
    model: Translator, pairs: Sequence[Pair], subwords: Subwords
) -> float:
    """Nats for each piece of texts that training does not see."""
    model.eval()
    total, count = 0.0, 0
    longest = model.config.longest
    with torch.inference_mode():
        for source, target in batches(pairs, subwords, 64, longest):
            pieces = int((target[:, 1:] != PAD).sum())
            total += float(loss_of(model, source, target)) * pieces
            count += pieces
    return total / count


def train(
    pairs: Sequence[Pair],
    valid: Sequence[Pair],
    subwords: Subwords,
    config: Config,
    epochs: int,
    seed: int = 0,
    rate: float = 1e-3,
    size: int = 40,
    drop: float = 0.1,
) -> Iterator[tuple[Translator, float, float]]:
    """Train, and after each epoch give the model and both losses.

    All chance is seeded, except `drop`: the tokenizer has its own dice.
    """
    torch.manual_seed(seed)
    chance = random.Random(seed)
    model = Translator(config)
    optimizer = torch.optim.AdamW(
        model.parameters(), betas=(0.9, 0.98), weight_decay=0.01
    )
    steps, step = epochs * (len(pairs) // size), 0
    for _ in range(epochs):
        model.train()
        losses = []
        for source, target in batches(
            pairs, subwords, size, config.longest, chance, drop
        ):
            step += 1
            warm = min(1.0, step / (0.05 * steps))
            cool = 0.5 + 0.5 * math.cos(math.pi * min(1.0, step / steps))
            for group in optimizer.param_groups:
                group["lr"] = rate * warm * max(cool, 0.01)
            optimizer.zero_grad()
            loss = loss_of(model, source, target)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            losses.append(loss.item())
        lately = sum(losses) / len(losses)
        yield model, lately, validate(model, valid, subwords)


def texts_of(pairs: Sequence[Pair]) -> list[str]:
    """What the vocabulary is made from: both languages, masked."""
    return [mask(text)[0] for p in pairs for text in (p.english, p.chinese)]
