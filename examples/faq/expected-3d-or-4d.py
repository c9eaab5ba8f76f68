"""Expected 3D (unbatched) or 4D (batched) input to conv2d"""
# --8<-- [start:model]
import torch
from torch import Tensor, nn

torch.manual_seed(0)
model = nn.Sequential(
    nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2)
).eval()
image = torch.rand(3, 32, 32)  # what a transform returns
# --8<-- [end:model]

try:
    # --8<-- [start:fails]
    batch = torch.stack([image[None], image[None]])
    model(batch)
    # --8<-- [end:fails]
except RuntimeError as error:
    print(error)

# --8<-- [start:shapes]
for how, batch in {
    "stack of images": torch.stack([image, image]),
    "stack of batches": torch.stack([image[None], image[None]]),
    "cat of batches": torch.cat([image[None], image[None]]),
}.items():
    print(f"{how:17} {list(batch.shape)}")
# --8<-- [end:shapes]

# --8<-- [start:fix]
def as_batch(images: Tensor) -> Tensor:
    """(3, H, W) or (N, 3, H, W) becomes (N, 3, H, W).

    Raises ValueError for anything else.
    """
    if images.ndim == 3:
        images = images.unsqueeze(0)
    if images.ndim != 4 or images.shape[1] != 3:
        raise ValueError(f"expected (N, 3, H, W), got {tuple(images.shape)}")
    return images


with torch.inference_mode():
    print(tuple(model(as_batch(image)).shape))
    print(tuple(model(as_batch(torch.stack([image, image]))).shape))
# --8<-- [end:fix]

# --8<-- [start:clips]
clips = torch.rand(2, 8, 3, 32, 32)  # batch, frames, channels, H, W
with torch.inference_mode():
    frames = model(clips.flatten(0, 1)).unflatten(0, clips.shape[:2])
print(tuple(frames.shape), "->", tuple(frames.mean(1).shape))
# --8<-- [end:clips]
