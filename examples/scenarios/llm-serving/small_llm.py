"""A decoder-only transformer over bytes, and its training in seconds."""

import codecs
import contextlib
import io
import random
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# Bytes are tokens 0 to 255; these have no text that a user could send.
USER, ASSISTANT, END = 256, 257, 258
VOCABULARY = 259


def zen() -> list[str]:
    """Return the lines of the Zen of Python, from the standard library."""
    with contextlib.redirect_stdout(io.StringIO()):
        import this
    return codecs.decode(this.s, "rot13").splitlines()[2:]


def conversations() -> list[tuple[str, str]]:
    """Return questions and the lines that answer them."""
    pairs = []
    for line in zen():
        better, _, worse = line.partition(" is better than ")
        if worse:
            pairs.append((f"What is better than {worse[:-1]}?", line))
        words = line.split()
        pairs.append((" ".join(words[:len(words) // 2]), line))
    return pairs


def encode(text: str) -> list[int]:
    """Return a text's bytes as tokens."""
    return list(text.encode())


def chat_prompt(question: str) -> list[int]:
    """Return the tokens after which the model writes its answer."""
    return [USER, *encode(question), ASSISTANT]


@dataclass
class KVCache:
    """Keys and values of all layers, allocated once.

    Args:
        keys, values: [layers, slots, heads, limit, size of a head].
    """

    keys: Tensor
    values: Tensor

    def slot(self, number: int) -> "KVCache":
        """Return a view of one slot."""
        rows = slice(number, number + 1)
        return KVCache(self.keys[:, rows], self.values[:, rows])


class Block(nn.Module):
    """Attention and a feed-forward network, each with a residual."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(),
                                 nn.Linear(4 * width, width))

    def forward(
        self, x: Tensor, places: Tensor,
        cache: tuple[Tensor, Tensor] | None = None,
    ) -> Tensor:
        rows, count, width = x.shape
        query, key, value = self.qkv(self.norm1(x)).reshape(
            rows, count, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        if cache is None:
            mixed = F.scaled_dot_product_attention(
                query, key, value, is_causal=True)
        else:  # write the new keys, then read all up to each place
            keys, values = cache
            row = torch.arange(rows)[:, None]
            keys[row, :, places] = key.transpose(1, 2)
            values[row, :, places] = value.transpose(1, 2)
            seen = torch.arange(keys.shape[2]) <= places[..., None]
            mixed = F.scaled_dot_product_attention(
                query, keys, values, attn_mask=seen[:, None])
        x = x + self.out(mixed.transpose(1, 2).reshape(rows, count, width))
        return x + self.mlp(self.norm2(x))


class SmallLLM(nn.Module):
    """Logits of the next byte after each byte."""

    def __init__(self, width: int = 64, layers: int = 2, heads: int = 4,
                 limit: int = 128) -> None:
        super().__init__()
        self.heads, self.limit = heads, limit
        self.token = nn.Embedding(VOCABULARY, width)
        self.place = nn.Embedding(limit, width)
        self.blocks = nn.ModuleList(
            Block(width, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, VOCABULARY, bias=False)

    def forward(
        self, tokens: Tensor, places: Tensor | None = None,
        cache: KVCache | None = None,
    ) -> Tensor:
        """Return logits [rows, n, vocabulary] of tokens [rows, n].

        Args:
            tokens: what is new, if there is a cache.
            places: [rows, n], the place of each token in its sequence.
            cache: keys and values of earlier tokens; is written to.
        """
        if places is None:
            places = torch.arange(tokens.shape[1]).expand(tokens.shape)
        x = self.token(tokens) + self.place(places)
        for number, block in enumerate(self.blocks):
            x = block(x, places, cache and (cache.keys[number],
                                            cache.values[number]))
        return self.head(self.norm(x))

    def new_cache(self, slots: int) -> KVCache:
        """Return an empty cache for that many sequences."""
        width = self.token.embedding_dim
        shape = (len(self.blocks), slots, self.heads, self.limit,
                 width // self.heads)
        return KVCache(torch.zeros(shape), torch.zeros(shape))


def train(steps: int = 250) -> SmallLLM:
    """Return a model that knows the Zen of Python by heart."""
    torch.manual_seed(0)
    random.seed(0)
    model = SmallLLM()
    text = torch.tensor([*encode("\n".join(zen())), END])
    chats = [torch.tensor([*chat_prompt(question), *encode(answer), END])
             for question, answer in conversations()]
    starts = [0, *(spot + 1 for spot in range(len(text) - model.limit)
                   if text[spot] == 10)]
    optimizer = torch.optim.AdamW(model.parameters(), fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, 8e-3, total_steps=steps)
    for _ in range(steps):
        rows = [text[begin:begin + model.limit + 1]
                for begin in random.sample(starts, 2)]
        rows += random.sample(chats, 6)
        batch = nn.utils.rnn.pad_sequence(
            rows, batch_first=True, padding_value=-100)
        logits = model(batch[:, :-1].clamp(min=0))
        loss = F.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    return model.eval().requires_grad_(False)
