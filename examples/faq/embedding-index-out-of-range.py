try:
    # --8<-- [start:positions]
    import torch
    from torch import nn


    class Encoder(nn.Module):
        """Embeds token ids and their positions, as BERT does."""

        def __init__(self, words: int = 30522, positions: int = 512):
            super().__init__()
            self.words = nn.Embedding(words, 8)
            self.positions = nn.Embedding(positions, 8)

        def forward(self, ids: torch.Tensor) -> torch.Tensor:
            steps = torch.arange(ids.shape[1])
            return self.words(ids) + self.positions(steps)


    encoder = Encoder()
    encoder(torch.ones(1, 513, dtype=torch.long))
    # --8<-- [end:positions]
except IndexError as error:
    print(error)

try:
    # --8<-- [start:vocabulary]
    added = 30522  # the id of the first token that was added
    encoder(torch.tensor([[101, added, 102]]))
    # --8<-- [end:vocabulary]
except IndexError as error:
    print(error)

# --8<-- [start:which]
def what_is_out_of_range(ids: torch.Tensor, model: Encoder) -> list[str]:
    """Name what does not fit the model's tables."""
    faults = []
    if ids.shape[1] > model.positions.num_embeddings:
        faults.append(
            f"{ids.shape[1]} tokens, {model.positions.num_embeddings} fit"
        )
    if int(ids.max()) >= model.words.num_embeddings:
        faults.append(
            f"id {int(ids.max())}, largest {model.words.num_embeddings - 1}"
        )
    if int(ids.min()) < 0:
        faults.append(f"id {int(ids.min())} is negative")
    return faults


print(what_is_out_of_range(torch.ones(1, 513, dtype=torch.long), encoder))
print(what_is_out_of_range(torch.tensor([[101, added]]), encoder))
print(what_is_out_of_range(torch.tensor([[-1, 102]]), encoder))
# --8<-- [end:which]

# --8<-- [start:grow]
def add_rows(table: nn.Embedding, size: int) -> nn.Embedding:
    """A table of `size` rows that begins with the trained ones."""
    larger = nn.Embedding(size, table.embedding_dim)
    with torch.no_grad():
        larger.weight[: table.num_embeddings] = table.weight
    return larger


trained = encoder.words.weight
encoder.words = add_rows(encoder.words, 30523)
changed = (encoder.words.weight[: len(trained)] != trained).any(dim=1).sum()
print(f"{changed} of {len(trained)} trained rows changed")
ids = torch.tensor([[101, added, 102]])
print(tuple(encoder(ids[:, :512]).shape), what_is_out_of_range(ids, encoder))
# --8<-- [end:grow]

try:
    # --8<-- [start:bag]
    nn.EmbeddingBag(100, 8)(torch.tensor([[100]]))
    # --8<-- [end:bag]
except RuntimeError as error:
    print(error)

# --8<-- [start:fix]
import zlib

KNOWN, SHARED = 100, 8


def row(number: int) -> int:
    if 0 <= number < KNOWN:
        return number
    return KNOWN + zlib.crc32(str(number).encode()) % SHARED


people = nn.Embedding(KNOWN + SHARED, 8)
ids = [17, 100, 2_000_000_000]
for number in ids:
    print(number, "->", row(number))
print(tuple(people(torch.tensor([row(number) for number in ids])).shape))
# --8<-- [end:fix]
