"""Why a model that works in a notebook fails in production."""

# --8<-- [start:data]
import copy

import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor, nn
from torch.nn import functional as F

SIZE = (40, 40)


def photograph(images: Tensor, seed: int) -> Tensor:
    """Bytes (n, 1, 40, 40) as a noisy camera would send them."""
    generator = torch.Generator().manual_seed(seed)
    large = F.interpolate(images, size=SIZE, mode="bicubic")
    noise = torch.randn(large.shape, generator=generator)
    return ((large + 0.2 * noise).clamp(0, 1) * 255).to(torch.uint8)


def preprocess(photos: Tensor) -> Tensor:
    """Bytes (n, 1, 40, 40) to floats (n, 1, 8, 8) in [0, 1]."""
    return F.interpolate(
        photos.float() / 255, size=(8, 8), mode="bilinear", antialias=True
    )


digits = load_digits()
images = torch.tensor(digits.images, dtype=torch.float32)[:, None] / 16
train_x, test_x, train_y, test_y = train_test_split(
    images,
    torch.tensor(digits.target),
    test_size=450,
    random_state=0,
    stratify=digits.target,
)
train_photos = photograph(train_x, seed=1)
test_photos = photograph(test_x, seed=2)
print(tuple(train_photos.shape), tuple(test_photos.shape))
# --8<-- [end:data]


# --8<-- [start:model]
class DigitNet(nn.Module):
    """Logits (n, 10) for images (n, 1, 8, 8)."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1),
            nn.BatchNorm2d(16),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1),
            nn.BatchNorm2d(32),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(128, 64),
            nn.BatchNorm1d(64),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(64, 10),
        )

    def forward(self, images: Tensor) -> Tensor:
        return self.layers(images)


torch.set_num_threads(1)  # so small a model gains nothing from more
torch.manual_seed(0)
model = DigitNet()
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
inputs = preprocess(train_photos)
for epoch in range(8):
    for index in torch.randperm(len(inputs)).split(128):
        optimizer.zero_grad()
        F.cross_entropy(model(inputs[index]), train_y[index]).backward()
        optimizer.step()
model.eval()


@torch.inference_mode()
def accuracy(net: nn.Module, inputs: Tensor) -> float:
    return (net(inputs).argmax(1) == test_y).float().mean().item()


clean = preprocess(test_photos)
measured = {"the notebook": accuracy(model, clean)}
print(f"the notebook: {measured['the notebook']:.2f}")
# --8<-- [end:model]

# --8<-- [start:resize]
floats = test_photos.float() / 255
for mode, antialias in [
    ("bicubic", True),
    ("bilinear", False),
    ("nearest", False),
]:
    resized = F.interpolate(
        floats, size=(8, 8), mode=mode, antialias=antialias
    )
    name = f"{mode}, antialias={antialias}"
    measured[name] = accuracy(model, resized)
    print(f"{name}: {measured[name]:.2f}")
# --8<-- [end:resize]


# --8<-- [start:mode]
forgotten = copy.deepcopy(model).train()
with torch.inference_mode():
    first = forgotten(clean).argmax(1)
    again = forgotten(clean).argmax(1)
    print("answers that changed:", bool((first != again).any()))

    by_class = test_y.argsort(stable=True)  # similar requests together
    hits = 0
    for index in by_class.split(4):
        answers = forgotten(clean[index]).argmax(1)
        hits += int((answers == test_y[index]).sum())

measured["no eval(), four alike"] = hits / len(test_y)
measured["the same model, eval() later"] = accuracy(
    forgotten.eval(), clean
)
for name in list(measured)[-2:]:
    print(f"{name}: {measured[name]:.2f}")
# --8<-- [end:mode]

try:
    # --8<-- [start:mode-one-call]
    forgotten.train()
    forgotten(clean[:1])
    # --8<-- [end:mode-one-call]
except ValueError as error:
    print(error)


# --8<-- [start:squeeze]
@torch.inference_mode()
def labels(inputs: Tensor) -> list[int]:
    logits = model(inputs).squeeze()
    return logits.argmax(dim=1).tolist()


print(labels(clean[:3]) == test_y[:3].tolist())
# --8<-- [end:squeeze]

try:
    # --8<-- [start:squeeze-one]
    labels(clean[:1])
    # --8<-- [end:squeeze-one]
except IndexError as error:
    print(error)

# --8<-- [start:squeeze-fix]
@torch.inference_mode()
def labels(inputs: Tensor) -> list[int]:
    return model(inputs).argmax(dim=1).tolist()


print(labels(clean[:1]) == test_y[:1].tolist())
# --8<-- [end:squeeze-fix]

try:
    # --8<-- [start:bytes]
    resized_bytes = F.interpolate(
        test_photos, size=(8, 8), mode="bilinear", antialias=True
    )
    model(resized_bytes)
    # --8<-- [end:bytes]
except RuntimeError as error:
    print(error)

# --8<-- [start:scale]
for name, inputs in {
    "bytes as floats, no / 255": resized_bytes.float(),
    "scaled twice": clean / 255,
    "height and width swapped": clean.transpose(2, 3),
}.items():
    measured[name] = accuracy(model, inputs)
    print(f"{name}: {measured[name]:.2f}")
# --8<-- [end:scale]

# --8<-- [start:nan]
broken = clean.clone()
broken[:, :, 0, 0] = float("nan")  # one dead pixel
with torch.inference_mode():
    probabilities = model(broken).softmax(1)
confidence, answer = probabilities.max(1)
rejected = confidence < 0.5
measured["one NaN pixel"] = (answer == test_y).float().mean().item()
print("answers given:", answer.unique().tolist())
print("rejected as unsure:", int(rejected.sum()))
print("confidence:", confidence[0].item())
print(f"accuracy: {measured['one NaN pixel']:.2f}")
# --8<-- [end:nan]

# --8<-- [start:nan-fix]
accepted = confidence >= 0.5
print("accepted:", int(accepted.sum()))
# --8<-- [end:nan-fix]

# --8<-- [start:pickle]
torch.save(model, "model.pt")
restored = torch.load("model.pt", weights_only=False)
print(f"{accuracy(restored, clean):.2f}")
# --8<-- [end:pickle]


# --8<-- [start:predict]
@torch.inference_mode()
def predict(net: nn.Module, photos: Tensor) -> list[tuple[int, float]]:
    """One (label, confidence) for each photo.

    Args:
        net: a classifier in eval mode.
        photos: bytes (n, 1, 40, 40), n >= 1.

    Raises:
        TypeError: the photos are not bytes.
        ValueError: another shape, or no photo.
        RuntimeError: the model is in training mode, or its answer
            is not finite.
    """
    if photos.dtype != torch.uint8:
        raise TypeError(f"expected bytes, got {photos.dtype}")
    if photos.shape[1:] != (1, *SIZE) or len(photos) == 0:
        raise ValueError(f"expected (n, 1, 40, 40), got {(*photos.shape,)}")
    if net.training:
        raise RuntimeError("the model is in training mode")
    logits = net(preprocess(photos))
    if not logits.isfinite().all():
        raise RuntimeError("the model's answer is not finite")
    confidence, label = logits.softmax(dim=1).max(dim=1)
    return list(zip(label.tolist(), confidence.tolist(), strict=True))


answers = [label for label, _ in predict(model, test_photos)]
right = sum(a == b for a, b in zip(answers, test_y.tolist(), strict=True))
measured["predict()"] = right / len(answers)
print("a batch of one:", predict(model, test_photos[:1])[0][0])
damaged = copy.deepcopy(model)
damaged.layers[0].weight.data[0] = float("nan")
for net, photos in [
    (model, clean),
    (model, resized_bytes),
    (model, test_photos[:0]),
    (copy.deepcopy(model).train(), test_photos),
    (damaged, test_photos),
]:
    try:
        predict(net, photos)
    except (TypeError, ValueError, RuntimeError) as error:
        print(f"{type(error).__name__}: {error}")
# --8<-- [end:predict]

# --8<-- [start:table]
for name, share in measured.items():
    print(f"{name:30} {share:.2f}")
# --8<-- [end:table]
