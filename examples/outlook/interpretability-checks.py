# --8<-- [start:model]
import copy

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import Tensor, nn

torch.set_num_threads(1)  # the images are small
torch.manual_seed(0)
digits = load_digits()
images = torch.tensor(digits.data / 16, dtype=torch.float32)
images, labels = images.reshape(-1, 1, 8, 8), torch.tensor(digits.target)
held_out, truth = images[1500:], labels[1500:]


def fit(model: nn.Module, targets: Tensor, steps: int = 200) -> nn.Module:
    """Train in place on batches of 100 of the first 1,500 digits."""
    optimizer = torch.optim.Adam(model.parameters(), 3e-3, fused=True)
    for _ in range(steps):
        rows = torch.randint(1500, (100,))
        optimizer.zero_grad()
        F.cross_entropy(model(images[rows]), targets[rows]).backward()
        optimizer.step()
    return model.eval()


def network() -> nn.Sequential:
    """Two convolutions and two linear layers: 10 logits."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.Flatten(),
        nn.Linear(512, 64), nn.ReLU(), nn.Linear(64, 10))


model = fit(network(), labels)
right = model(held_out).argmax(1) == truth
print("held-out digits:", len(truth))
print(f"accuracy {100 * right.float().mean():.0f} %")
# --8<-- [end:model]


# --8<-- [start:methods]
from collections.abc import Callable

from captum.attr import (GuidedBackprop, IntegratedGradients, Occlusion,
                         Saliency)

shown, asked = held_out[:60].clone().requires_grad_(), truth[:60]
Method = Callable[[nn.Module], Tensor]

methods: dict[str, Method] = {
    "gradient": lambda model: Saliency(model).attribute(
        shown, target=asked, abs=False),
    "integrated gradients": lambda model: IntegratedGradients(
        model).attribute(shown, target=asked, n_steps=16),
    "occlusion, 2 x 2": lambda model: Occlusion(model).attribute(
        shown, target=asked, sliding_window_shapes=(1, 2, 2)),
    "guided backpropagation": lambda model: GuidedBackprop(
        model).attribute(shown, target=asked),
}
# --8<-- [end:methods]


# --8<-- [start:randomize]
from scipy.stats import pearsonr, rankdata


def randomized(model: nn.Sequential, places: list[int]) -> nn.Sequential:
    """Return a copy whose layers at these places are untrained."""
    model = copy.deepcopy(model)
    for place in places:
        model[place].reset_parameters()
    return model


def similarity(first: Tensor, second: Tensor) -> float:
    """Return the mean rank correlation of the images' maps (Spearman's)."""
    ranks = [rankdata(maps.detach().flatten(1), axis=1)
             for maps in (first, second)]
    return float(pearsonr(*ranks, axis=1).statistic.mean())


kept: dict[str, list[float]] = {}  # similarity, by untrained layers
layers = [8, 6, 3, 0]  # from the answer back to the pixels
print("untrained layers       ", *(f"{count:5}" for count in range(5)))
for name, method in methods.items():
    before, row = method(model), kept.setdefault(name, [])
    for count in range(5):
        torch.manual_seed(count)
        after = method(randomized(model, layers[:count]))
        row.append(similarity(before, after))
    print(f"{name:23}", *(f"{value:5.1f}" for value in row))
# --8<-- [end:randomize]


# --8<-- [start:looks]
def inked(values: Tensor) -> float:
    """Return the share of absolute attribution on pixels with ink."""
    values = values.abs()
    return (values[shown > 0].sum() / values.sum()).item()


untrained = randomized(model, layers)
for name in ("gradient", "integrated gradients"):
    print(f"{name}: {inked(methods[name](model)):.0%} on ink when trained,",
          f"{inked(methods[name](untrained)):.0%} when not")
# --8<-- [end:looks]


# --8<-- [start:attention]
class Attending(nn.Module):
    """Reads 16 patches of 2 x 2 pixels, and attends to them once."""

    def __init__(self, size: int = 32) -> None:
        super().__init__()
        self.embed = nn.Conv2d(1, size, 2, stride=2)
        self.place = nn.Parameter(0.1 * torch.randn(16, size))
        self.mix = nn.Sequential(nn.Linear(size, 64), nn.ReLU(),
                                 nn.Linear(64, size))
        self.score, self.answer = nn.Linear(size, 1), nn.Linear(size, 10)

    def tokens(self, images: Tensor) -> Tensor:
        """Return vectors [batch, 16, size]."""
        vectors = self.embed(images).flatten(2).transpose(1, 2)
        return self.mix(vectors + self.place)

    def attention(self, images: Tensor) -> Tensor:
        """Return weights [batch, 16] that add up to 1."""
        return self.score(self.tokens(images)).squeeze(2).softmax(dim=1)

    def forward(self, images: Tensor, weights: Tensor | None = None) -> Tensor:
        """Return logits, by other weights than its own if given."""
        weights = self.attention(images) if weights is None else weights
        return self.answer((weights[..., None] * self.tokens(images)).sum(1))


torch.manual_seed(0)
attending = fit(Attending(), labels, steps=600)
with torch.no_grad():
    weights = attending.attention(held_out)
    logits = attending(held_out)
    answers = logits.argmax(1)
print(f"accuracy {100 * (answers == truth).float().mean():.0f} %")
print(f"the largest of 16 weights: {weights.amax(1).mean():.1f} on average")
# --8<-- [end:attention]


# --8<-- [start:removal]
with torch.no_grad():
    chosen = logits.gather(1, answers[:, None])
    drops = []
    for place in range(16):  # without this patch, the others share its weight
        rest = weights.clone()
        rest[:, place] = 0
        rest /= rest.sum(1, keepdim=True)
        drops.append(chosen - attending(held_out, rest).gather(
            1, answers[:, None]))
    drops = torch.cat(drops, dim=1)
relation = similarity(weights, drops)
print(f"attention and effect: {relation:.1f}")
attended = weights.argmax(1, keepdim=True)
first = (attended.squeeze(1) == drops.argmax(1)).float().mean().item()
print(f"the most attended patch matters most: {first:.0%} of digits")
against = (drops.gather(1, attended) < 0).float().mean().item()
print(f"and speaks against the answer: {against:.0%}")
# --8<-- [end:removal]
