# --8<-- [start:buckets]
import torch
from torch import Tensor
from torch.nn import functional


def bucket(image: Tensor, step: int = 64) -> Tensor:
    """Pad (channels, height, width) to multiples of `step`."""
    height, width = image.shape[-2:]
    return functional.pad(image, (0, -width % step, 0, -height % step))


sizes = [(128 + i, 160 - i) for i in range(60)]
shapes = {bucket(torch.zeros(3, *size)).shape for size in sizes}
print("sizes:", len(sizes), "buckets:", len(shapes))
# --8<-- [end:buckets]
