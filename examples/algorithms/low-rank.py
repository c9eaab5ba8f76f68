# --8<-- [start:model]
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

torch.set_num_threads(1)  # the matrices are small
digits = load_digits()
images = torch.tensor(digits.data / 16, dtype=torch.float32)
labels = torch.tensor(digits.target)
x, test_x, y, test_y = train_test_split(
    images, labels, test_size=450, stratify=labels, random_state=0
)


def network(width: int) -> nn.Sequential:
    """64 pixels, two hidden layers, 10 logits."""
    return nn.Sequential(
        nn.Linear(64, width), nn.ReLU(),
        nn.Linear(width, width), nn.ReLU(),
        nn.Linear(width, 10),
    )


def train(model: nn.Module, steps: int) -> None:
    """Take steps on random batches of 128 images, in place."""
    optimizer = torch.optim.Adam(model.parameters(), 3e-3, fused=True)
    for _ in range(steps):
        rows = torch.randint(len(y), (128,))
        optimizer.zero_grad()
        F.cross_entropy(model(x[rows]), y[rows]).backward()
        optimizer.step()


torch.manual_seed(0)
dense = network(128)
train(dense, 150)
# --8<-- [end:model]


# --8<-- [start:report]
from torch.utils.flop_counter import FlopCounterMode


def size(model: nn.Module) -> int:
    """Return the number of parameters."""
    return sum(p.numel() for p in model.parameters())


def accuracy(model: nn.Module) -> float:
    """Return the percentage of right answers on the test images."""
    with torch.inference_mode():
        right = model(test_x).argmax(1) == test_y
    return 100 * right.float().mean().item()


def report(name: str, model: nn.Module) -> None:
    """Print parameters, operations of one image and accuracy."""
    counter = FlopCounterMode(display=False)
    with counter, torch.inference_mode():
        model(test_x[:1])
    print(f"{name:8} {size(model):6,} parameters",
          f"{counter.get_total_flops() / 1000:4.1f} kFLOP",
          f"{accuracy(model):3.0f} %")


report("dense", dense)
# --8<-- [end:report]


# --8<-- [start:eckart-young]
weight = dense[2].weight.detach().double()
u, sigma, vt = torch.linalg.svd(weight, full_matrices=False)
for rank in (8, 32, 64):
    error = weight - (u[:, :rank] * sigma[:rank]) @ vt[:rank]
    torch.testing.assert_close(
        error.norm(), sigma[rank:].square().sum().sqrt())
    torch.testing.assert_close(
        torch.linalg.matrix_norm(error, 2), sigma[rank])
    print(f"rank {rank:2}: error {error.norm() / weight.norm():.0%}",
          "of the norm, as predicted")

torch.manual_seed(2)
worse = 0
for _ in range(200):  # rank 32, best fit to random directions
    basis = torch.linalg.qr(torch.randn(128, 32).double()).Q
    other = weight - basis @ (basis.T @ weight)
    worse += int(other.norm() > sigma[32:].norm())
print(worse, "of 200 other rank-32 matrices are worse")
# --8<-- [end:eckart-young]


# --8<-- [start:low-rank]
import copy


def factorize(layer: nn.Linear, rank: int) -> nn.Sequential:
    """Return two Linear layers: the best approximation of that rank."""
    weight = layer.weight.detach()
    u, sigma, vt = torch.linalg.svd(weight, full_matrices=False)
    down = nn.Linear(layer.in_features, rank, bias=False)
    up = nn.Linear(rank, layer.out_features)
    down.weight = nn.Parameter(sigma[:rank, None] * vt[:rank])
    up.weight = nn.Parameter(u[:, :rank].clone())
    up.bias = nn.Parameter(layer.bias.detach().clone())
    return nn.Sequential(down, up)


def low_rank(model: nn.Sequential, rank: int) -> nn.Sequential:
    """Return a copy with both hidden layers at that rank."""
    model = copy.deepcopy(model)
    model[0] = factorize(model[0], rank)
    model[2] = factorize(model[2], rank)
    return model


for rank in (16, 32, 64):
    report(f"rank {rank}", low_rank(dense, rank))
# --8<-- [end:low-rank]


# --8<-- [start:others]
from torch.nn.utils import prune


def masked_to(model: nn.Sequential, budget: int) -> nn.Sequential:
    """Return a copy with all but that many parameters masked."""
    model = copy.deepcopy(model)
    weights = [(m, "weight") for m in model if isinstance(m, nn.Linear)]
    prune.global_unstructured(
        weights, prune.L1Unstructured, amount=size(model) - budget)
    return model


def narrow(model: nn.Sequential, width: int) -> nn.Sequential:
    """Return a copy that keeps the strongest neurons of both layers."""
    model = copy.deepcopy(model)
    for first, second in ((model[0], model[2]), (model[2], model[4])):
        strength = first.weight.detach().norm(dim=1)
        keep = strength.topk(width).indices.sort().values
        first.weight = nn.Parameter(first.weight.detach()[keep])
        first.bias = nn.Parameter(first.bias.detach()[keep])
        second.weight = nn.Parameter(second.weight.detach()[:, keep])
    return model
# --8<-- [end:others]


# --8<-- [start:sweep]
names = ("masked", "narrowed", "low rank", "small, new")
levels = (50, 60, 70, 80, 90)
before: dict[str, list[float]] = {name: [] for name in names[:3]}
after: dict[str, list[float]] = {name: [] for name in names}
for level in levels:
    budget = size(dense) * (100 - level) // 100
    width = max(w for w in range(1, 128) if size(network(w)) <= budget)
    fixed = size(dense[4]) + 2 * 128  # the last layer, two biases
    rank = (budget - fixed) // (64 + 128 + 128 + 128)
    models = {"masked": masked_to(dense, budget),
              "narrowed": narrow(dense, width),
              "low rank": low_rank(dense, rank)}
    for name, model in models.items():
        before[name].append(accuracy(model))
        train(model, 50)
        after[name].append(accuracy(model))
    small = network(width)
    train(small, 200)
    after["small, new"].append(accuracy(small))
    print(f"{level} %: width {width}, rank {rank}")

for title, table in (("before", before), ("after", after)):
    for name, row in table.items():
        print(f"{title:6} {name:10}",
              *(f"{value:3.0f}" for value in row))
# --8<-- [end:sweep]


# --8<-- [start:longer]
from statistics import fmean

rivals = ("masked", "narrowed", "small, new")
short: dict[str, list[float]] = {name: [] for name in rivals}
longer: dict[str, list[float]] = {name: [] for name in rivals}
for seed in range(4):
    torch.manual_seed(seed)
    large, small = network(128), network(width)
    train(large, 150)
    train(small, 150)
    models = (masked_to(large, budget), narrow(large, width), small)
    for name, model in zip(rivals, models, strict=True):
        train(model, 50)
        short[name].append(accuracy(model))
        train(model, 150)
        longer[name].append(accuracy(model))

print("steps      50   200")
for name in rivals:
    print(f"{name:10} {fmean(short[name]):.1f}",
          f"{fmean(longer[name]):.1f}")
# --8<-- [end:longer]


# --8<-- [start:plot]
import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt

ink = "#808080"
style = {
    "svg.fonttype": "none", "svg.hashsalt": "low-rank",
    "font.family": "sans-serif", "text.color": ink,
    "axes.labelcolor": ink, "axes.edgecolor": ink,
    "axes.titlecolor": ink, "xtick.color": ink, "ytick.color": ink,
}
colors = dict(zip(names, ("#3f7fbf", "#d9822b", "#2a9d6f", ink)))
with plt.rc_context(style):
    figure, panels = plt.subplots(1, 2, figsize=(7.2, 3.6), sharey=True)
    for axes, title, table in zip(
        panels, ("as removed", "after 50 more steps"), (before, after)
    ):
        for marker, (name, row) in zip("osD^", table.items()):
            axes.plot(levels, row, marker=marker, label=name,
                      color=colors[name])
        axes.set_title(title, fontsize="medium")
        axes.set_xlabel("parameters removed, %")
        axes.grid(color=ink, alpha=0.25)
    panels[0].set_ylabel("test accuracy, %")
    panels[1].legend(frameon=False, loc="lower left")
    figure.savefig("low-rank-accuracy.svg", transparent=True,
                   bbox_inches="tight", metadata={"Date": None})
    plt.close(figure)
# --8<-- [end:plot]
