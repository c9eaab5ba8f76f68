"""RuntimeError: stack expects each tensor to be equal size"""
# --8<-- [start:transform]
import numpy as np
import torch
from PIL import Image


def resize_shorter(picture: Image.Image, size: int) -> Image.Image:
    """Keep the aspect ratio, as torchvision's Resize(size) does."""
    shorter = min(picture.size)
    width, height = (side * size // shorter for side in picture.size)
    return picture.resize((width, height))


def to_tensor(picture: Image.Image) -> torch.Tensor:
    pixels = np.array(picture, np.float32)
    if pixels.ndim == 2:  # gray
        pixels = pixels[..., None]
    return torch.from_numpy(pixels).permute(2, 0, 1) / 255


pictures = [Image.new("RGB", (640, 640)), Image.new("RGB", (476, 480))]
tensors = [to_tensor(resize_shorter(picture, 224)) for picture in pictures]
# --8<-- [end:transform]

try:
    # --8<-- [start:fails]
    torch.stack(tensors)
    # --8<-- [end:fails]
except RuntimeError as error:
    print(error)

# --8<-- [start:loader]
from torch.utils.data import default_collate

gray_and_color = [Image.new("L", (224, 224)), Image.new("RGB", (224, 224))]
token_ids = [torch.arange(62), torch.arange(63)]
batches = {
    "gray and color": [to_tensor(picture) for picture in gray_and_color],
    "one has a batch axis": [tensors[0][None], tensors[0]],
    "two texts": token_ids,
    "boxes of a detector": [torch.zeros(5, 4), torch.zeros(12, 4)],
}
for name, batch in batches.items():
    try:
        default_collate(batch)
    except RuntimeError as error:
        print(f"{name}: {str(error).partition('but ')[2]}")
# --8<-- [end:loader]


# --8<-- [start:resize]
def stretch(picture: Image.Image) -> Image.Image:
    return picture.resize((224, 224))


def crop(picture: Image.Image) -> Image.Image:
    picture = resize_shorter(picture, 256)
    left, top = ((side - 224) // 2 for side in picture.size)
    return picture.crop((left, top, left + 224, top + 224))


for resize in (stretch, crop):
    images = [
        to_tensor(resize(picture.convert("RGB")))
        for picture in pictures + gray_and_color
    ]
    print(f"{resize.__name__}: {list(torch.stack(images).shape)}")
# --8<-- [end:resize]

# --8<-- [start:pad]
from torch.nn.utils.rnn import pad_sequence

ids = pad_sequence(token_ids, batch_first=True, padding_value=0)
lengths = torch.tensor([len(row) for row in token_ids])
mask = torch.arange(ids.shape[1]) < lengths[:, None]
print(list(ids.shape), mask.sum(1).tolist())
# --8<-- [end:pad]

# --8<-- [start:groups]
from collections import defaultdict


def predict_all(
    model: torch.nn.Module, inputs: list[torch.Tensor]
) -> list[torch.Tensor]:
    """One call per shape; the outputs are in the order of the inputs."""
    groups: dict[torch.Size, list[int]] = defaultdict(list)
    for index, image in enumerate(inputs):
        groups[image.shape].append(index)
    outputs: dict[int, torch.Tensor] = {}
    for shape, indices in groups.items():
        batch = torch.stack([inputs[index] for index in indices])
        print(f"{len(indices)} of {list(shape)}")
        with torch.inference_mode():
            outputs.update(zip(indices, model(batch), strict=True))
    return [outputs[index] for index in range(len(inputs))]


model = torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten())
white, black = torch.ones(3, 256, 256), torch.zeros(3, 128, 128)
outputs = predict_all(model, [white, black, white])
print([output.tolist() for output in outputs])
# --8<-- [end:groups]
