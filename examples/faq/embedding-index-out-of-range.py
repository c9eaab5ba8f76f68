try:
    # --8<-- [start:embedding]
    import torch
    from torch import nn

    people = nn.Embedding(100, 8)
    people(torch.tensor([17, 100]))
    # --8<-- [end:embedding]
except IndexError as error:
    print(error)

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
