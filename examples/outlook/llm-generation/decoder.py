"""A decoder that writes text word by word, with a cache of keys."""

import re

import torch
import torch.nn.functional as F
from sklearn.datasets import load_iris
from torch import Tensor, nn

Cache = list[tuple[Tensor, Tensor]]


def corpus() -> list[str]:
    """Return the words of the description of scikit-learn's iris data."""
    return re.findall(r"\w+|[^\w\s]", load_iris().DESCR)


class Block(nn.Module):
    """Attention and two linear layers, each added to what comes in."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.mix = nn.Linear(width, 3 * width)
        self.join = nn.Linear(width, width)
        self.think = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(),
                                   nn.Linear(4 * width, width))

    def forward(
        self, x: Tensor, places: Tensor, cache: tuple[Tensor, Tensor] | None
    ) -> Tensor:
        rows, count, width = x.shape
        query, key, value = self.mix(self.before(x)).reshape(
            rows, count, 3, self.heads, -1).unbind(2)
        held = places
        if cache is not None:  # write what is new, read all there is
            held = torch.arange(cache[0].shape[1])[None]
            row = torch.arange(rows)[:, None]
            cache[0][row, places], cache[1][row, places] = key, value
            key, value = cache
        seen = held[:, None] <= places[..., None]
        out = F.scaled_dot_product_attention(
            query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2),
            attn_mask=seen[:, None])
        x = x + self.join(out.transpose(1, 2).reshape(rows, count, width))
        return x + self.think(self.between(x))


class Decoder(nn.Module):
    """Scores for the next token after each token."""

    def __init__(
        self, vocabulary: int, width: int = 64, layers: int = 2,
        heads: int = 4, limit: int = 160,
    ) -> None:
        super().__init__()
        self.limit = limit
        self.token = nn.Embedding(vocabulary, width)
        self.place = nn.Embedding(limit, width)
        self.blocks = nn.ModuleList(
            Block(width, heads) for _ in range(layers))
        self.last = nn.LayerNorm(width)
        self.scores = nn.Linear(width, vocabulary, bias=False)

    def forward(
        self, tokens: Tensor, starts: Tensor | None = None,
        cache: Cache | None = None,
    ) -> Tensor:
        """Score tokens [rows, n] that begin at places starts [rows]."""
        starts = torch.zeros(1, dtype=torch.long) if starts is None else starts
        places = starts[:, None] + torch.arange(tokens.shape[1])
        places = places.expand(len(tokens), -1)
        x = self.token(tokens) + self.place(places)
        for number, block in enumerate(self.blocks):
            x = block(x, places, cache[number] if cache else None)
        return self.scores(self.last(x))

    def cache(self, rows: int) -> Cache:
        """Return room for keys and values of that many rows."""
        width, heads = self.token.embedding_dim, self.blocks[0].heads
        shape = (rows, self.limit, heads, width // heads)
        return [(torch.zeros(shape), torch.zeros(shape))
                for _ in self.blocks]


def train(text: Tensor, vocabulary: int, steps: int) -> Decoder:
    """Return a decoder trained on windows of 64 tokens."""
    torch.manual_seed(0)
    model = Decoder(vocabulary)
    optimizer = torch.optim.AdamW(model.parameters(), 5e-3, fused=True)
    for _ in range(steps):
        begin = torch.randint(len(text) - 65, (8,))
        batch = text[begin[:, None] + torch.arange(65)]
        starts = torch.randint(model.limit - 64, (8,))  # train each place
        loss = F.cross_entropy(model(batch[:, :-1], starts).flatten(0, 1),
                               batch[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.eval().requires_grad_(False)
