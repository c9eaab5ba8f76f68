# --8<-- [start:reproduce]
import torch
from torch import nn

layer = nn.Conv2d(1, 16, 3, padding=1)
pictures = torch.zeros(1, 8, 8).expand(10**12, 8, 8)  # takes no memory yet
try:
    layer(pictures[:, None])
except RuntimeError as error:
    print(str(error).partition("DefaultCPUAllocator: ")[2][:21])
# --8<-- [end:reproduce]
# --8<-- [start:fix]
from collections.abc import Iterator


def answers(rows: torch.Tensor, size: int) -> Iterator[torch.Tensor]:
    """Ask for `size` rows at a time."""
    with torch.inference_mode():
        for batch in rows.split(size):
            yield layer(batch[:, None]).amax((1, 2, 3))


some = pictures[:10_000]
peak = 1024 * 16 * 8 * 8 * 4
print(sum(len(part) for part in answers(some, 1024)), "rows")
print(f"largest tensor: {peak / 1e6:.1f} MB instead of "
      f"{peak / 1024 * len(some) / 1e6:.0f} MB")
# --8<-- [end:fix]
