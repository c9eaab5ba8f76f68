"""A small Transformer: an encoder, and a decoder that can remember."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence

from subwords import PAD


@dataclass(frozen=True)
class Config:
    words: int
    width: int = 192
    heads: int = 6
    layers: int = 3
    inner: int = 768
    dropout: float = 0.2
    longest: int = 64  # pieces of a text, its end included


def pad(rows: Sequence[Sequence[int]]) -> Tensor:
    """Pieces of many texts: [batch, longest], padded with PAD."""
    tensors = [torch.tensor(row) for row in rows]
    return pad_sequence(tensors, batch_first=True, padding_value=PAD)


class Attention(nn.Module):
    def __init__(self, config: Config) -> None:
        super().__init__()
        self.heads = config.heads
        self.dropout = config.dropout
        self.query = nn.Linear(config.width, config.width)
        self.memory = nn.Linear(config.width, 2 * config.width)
        self.out = nn.Linear(config.width, config.width)

    def remember(self, x: Tensor) -> Tensor:
        """Keys and values of x: [2, batch, heads, length, head width]."""
        parts = self.memory(x).unflatten(-1, (2, self.heads, -1))
        return parts.permute(2, 0, 3, 1, 4)

    def forward(self, x: Tensor, memory: Tensor, seen: Tensor) -> Tensor:
        """What x finds in the memory, as far as `seen` allows."""
        query = self.query(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        found = functional.scaled_dot_product_attention(
            query,
            memory[0],
            memory[1],
            attn_mask=seen,
            dropout_p=self.dropout / 2 if self.training else 0.0,
        )
        return self.out(found.transpose(1, 2).flatten(2))


def feed_forward(config: Config) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(config.width, config.inner),
        nn.ReLU(),
        nn.Dropout(config.dropout / 2),
        nn.Linear(config.inner, config.width),
    )


class EncoderLayer(nn.Module):
    def __init__(self, config: Config) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(config.width) for _ in "ab")
        self.attention = Attention(config)
        self.feed = feed_forward(config)
        self.drop = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, seen: Tensor) -> Tensor:
        y = self.norms[0](x)
        x = x + self.drop(self.attention(y, self.attention.remember(y), seen))
        return x + self.drop(self.feed(self.norms[1](x)))


class DecoderLayer(nn.Module):
    def __init__(self, config: Config) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(config.width) for _ in "abc")
        self.attention = Attention(config)
        self.cross = Attention(config)
        self.feed = feed_forward(config)
        self.drop = nn.Dropout(config.dropout)

    def forward(
        self,
        x: Tensor,
        past: Tensor,
        causal: Tensor,
        cross: Tensor,
        seen: Tensor,
    ) -> tuple[Tensor, Tensor]:
        y = self.norms[0](x)
        past = torch.cat([past, self.attention.remember(y)], dim=3)
        x = x + self.drop(self.attention(y, past, causal))
        x = x + self.drop(self.cross(self.norms[1](x), cross, seen))
        return x + self.drop(self.feed(self.norms[2](x))), past


class Translator(nn.Module):
    """`encode` once, then `decode` piece by piece."""

    positions: Tensor

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.words, config.width)
        self.encoder = nn.ModuleList(
            EncoderLayer(config) for _ in range(config.layers)
        )
        self.decoder = nn.ModuleList(
            DecoderLayer(config) for _ in range(config.layers)
        )
        self.norms = nn.ModuleList(nn.LayerNorm(config.width) for _ in "ab")
        self.drop = nn.Dropout(config.dropout)
        place = torch.arange(config.longest + 1)[:, None]
        rate = torch.arange(0, config.width, 2) / config.width
        angle = place / 10000**rate
        waves = torch.cat([angle.sin(), angle.cos()], dim=1)
        self.register_buffer("positions", waves, persistent=False)
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.xavier_uniform_(parameter)
        nn.init.normal_(self.embedding.weight, std=config.width**-0.5)

    def embed(self, pieces: Tensor, start: int) -> Tensor:
        scaled = self.embedding(pieces) * math.sqrt(self.config.width)
        end = start + pieces.shape[1]
        return self.drop(scaled + self.positions[start:end])

    def encode(self, source: Tensor) -> Tensor:
        """What each decoder layer will look at.

        Args:
            source: pieces [batch, length], padded with PAD.

        Returns:
            Keys and values [layers, 2, batch, heads, length, head width].
        """
        seen = (source != PAD)[:, None, None]
        x = self.embed(source, 0)
        for layer in self.encoder:
            x = layer(x, seen)
        x = self.norms[0](x)
        return torch.stack([d.cross.remember(x) for d in self.decoder])

    def decode(
        self, pieces: Tensor, source: Tensor, cross: Tensor, past: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Scores of what follows each piece.

        Args:
            pieces: [batch, new], beginning with START.
            source: the same as for `encode`.
            cross: what `encode` returned.
            past: keys and values of all pieces before, of the same form
                as `cross`; none at the beginning.

        Returns:
            Scores [batch, new, words], and the past with these pieces.
        """
        before, new = past.shape[4], pieces.shape[1]
        causal = torch.ones(new, before + new, dtype=torch.bool)
        causal = causal.to(pieces.device).tril(before)
        seen = (source != PAD)[:, None, None]
        x = self.embed(pieces, before)
        kept = []
        for number, layer in enumerate(self.decoder):
            x, now = layer(x, past[number], causal, cross[number], seen)
            kept.append(now)
        x = self.norms[1](x)
        return x @ self.embedding.weight.T, torch.stack(kept)

    def nothing(self, batch: int) -> Tensor:
        """The past before the first piece."""
        heads, width = self.config.heads, self.config.width
        return torch.zeros(
            self.config.layers, 2, batch, heads, 0, width // heads
        )

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """Scores for each next piece of a known translation."""
        past = self.nothing(len(source)).to(source.device)
        return self.decode(target, source, self.encode(source), past)[0]
