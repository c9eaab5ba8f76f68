try:
    # --8<-- [start:reproduce]
    import torch

    torch.empty(10**15, device="cuda")
    # --8<-- [end:reproduce]
except (RuntimeError, AssertionError) as error:
    print(error)
# --8<-- [start:fix]
from collections.abc import Callable

import torch


def in_parts(
    call: Callable[[torch.Tensor], torch.Tensor], rows: torch.Tensor
) -> torch.Tensor:
    """Answer for all rows; where they do not fit at once, in halves."""
    try:
        return call(rows)
    except torch.OutOfMemoryError:
        if len(rows) == 1:
            raise
    torch.cuda.empty_cache()  # outside `except`, or the tensors still live
    half = len(rows) // 2
    return torch.cat([in_parts(call, part) for part in rows.split(half)])


def small_card(rows: torch.Tensor) -> torch.Tensor:
    """Fails as a GPU does, beyond three rows."""
    if len(rows) > 3:
        raise torch.OutOfMemoryError("CUDA out of memory.")
    return rows * 2


print(in_parts(small_card, torch.arange(10)).tolist())
# --8<-- [end:fix]
