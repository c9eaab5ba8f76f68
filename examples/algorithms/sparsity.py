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
import io

from torch.utils.flop_counter import FlopCounterMode


def saved_bytes(model: nn.Module) -> int:
    """Return the size of the file that torch.save would write."""
    file = io.BytesIO()
    torch.save(model.state_dict(), file)
    return file.tell()


def flops(model: nn.Module, sample: torch.Tensor) -> int:
    """Return the floating-point operations of one forward pass."""
    counter = FlopCounterMode(display=False)
    with counter, torch.inference_mode():
        model(sample)
    return counter.get_total_flops()


def accuracy(model: nn.Module) -> float:
    """Return the percentage of right answers on the test images."""
    with torch.inference_mode():
        right = model(test_x).argmax(1) == test_y
    return 100 * right.float().mean().item()


def report(name: str, model: nn.Module) -> None:
    """Print what the model costs and how good it is."""
    print(f"{name:12} {saved_bytes(model) / 1000:5.0f} kB",
          f"{flops(model, test_x[:1]) / 1000:5.1f} kFLOP",
          f"{accuracy(model):3.0f} %")


report("dense", dense)
# --8<-- [end:report]


# --8<-- [start:mask]
import copy


def magnitude_mask(weight: torch.Tensor, amount: float) -> torch.Tensor:
    """Return 0 for that fraction of smallest weights, 1 elsewhere."""
    remove = round(amount * weight.numel())
    mask = torch.ones(weight.numel())
    mask[weight.abs().flatten().argsort()[:remove]] = 0
    return mask.reshape(weight.shape)


def linear_layers(model: nn.Module) -> list[nn.Linear]:
    """Return the Linear layers in order."""
    return [m for m in model.modules() if isinstance(m, nn.Linear)]


masked: dict[float, nn.Module] = {}
for amount in (0.5, 0.8, 0.9):
    masked[amount] = copy.deepcopy(dense)
    with torch.no_grad():
        for layer in linear_layers(masked[amount]):
            layer.weight *= magnitude_mask(layer.weight, amount)
    report(f"{amount:.0%} zeros", masked[amount])
# --8<-- [end:mask]


# --8<-- [start:storage]
import zlib

for amount in (0.5, 0.9):
    weight = masked[amount][2].weight.detach()
    csr = weight.to_sparse_csr()
    parts = (csr.values(), csr.col_indices(), csr.crow_indices())
    print(f"{amount:.0%} zeros: dense {weight.nbytes:,},",
          f"CSR {sum(part.nbytes for part in parts):,},",
          f"zlib {len(zlib.compress(weight.numpy().tobytes())) // 1000}k")
# --8<-- [end:storage]


# --8<-- [start:library]
from torch.nn.utils import prune

library = copy.deepcopy(dense)
for layer, ours in zip(linear_layers(library),
                       linear_layers(masked[0.8]), strict=True):
    prune.l1_unstructured(layer, "weight", amount=0.8)
    torch.testing.assert_close(layer.weight, ours.weight,
                               rtol=0, atol=0)
print("agree on", sum(layer.weight_mask.numel()
                      for layer in linear_layers(library)), "weights")
print(sorted(library[0].state_dict()))
report("with masks", library)

for layer in linear_layers(library):
    prune.remove(layer, "weight")
report("removed", library)
# --8<-- [end:library]


# --8<-- [start:remove]
Layer = nn.Linear | nn.Conv2d


def keep_outputs(first: Layer, second: Layer, keep: torch.Tensor) -> None:
    """Drop the other outputs of first, and what second read of them.

    Nothing but elementwise functions may stand between the two.
    """
    kind = "features" if isinstance(first, nn.Linear) else "channels"
    first.weight = nn.Parameter(first.weight.detach()[keep])
    first.bias = nn.Parameter(first.bias.detach()[keep])
    second.weight = nn.Parameter(second.weight.detach()[:, keep])
    setattr(first, f"out_{kind}", len(keep))
    setattr(second, f"in_{kind}", len(keep))


def strongest(layer: Layer, count: int) -> torch.Tensor:
    """Return the outputs with the largest incoming weights, in order."""
    norms = layer.weight.detach().flatten(1).norm(dim=1)
    return norms.topk(count).indices.sort().values


def narrow(model: nn.Sequential, width: int) -> nn.Sequential:
    """Return a copy whose hidden layers have that many neurons."""
    model = copy.deepcopy(model)
    for first, second in ((model[0], model[2]), (model[2], model[4])):
        keep_outputs(first, second, strongest(first, width))
    return model


report("64 of 128", narrow(dense, 64))
print(narrow(dense, 64))
# --8<-- [end:remove]


# --8<-- [start:same]
half = copy.deepcopy(dense)
first, second = half[0], half[2]
keep = strongest(first, 64)
prune.ln_structured(first, "weight", amount=0.5, n=2, dim=0)
rows = first.weight_mask.amin(dim=1).nonzero().flatten()
print("same rows as ours:   ", torch.equal(rows, keep))
prune.remove(first, "weight")

cut = copy.deepcopy(half)
keep_outputs(cut[0], cut[2], keep)
with torch.inference_mode():
    print("weights masked, same:", torch.allclose(
        half(test_x), cut(test_x), atol=1e-4))
    first.bias *= torch.zeros(128).index_fill(0, keep, 1.0)
    print("biases too, same:    ", torch.allclose(
        half(test_x), cut(test_x), atol=1e-4))
# --8<-- [end:same]


# --8<-- [start:conv]
torch.manual_seed(1)
vision = nn.Sequential(nn.Conv2d(1, 16, 3), nn.ReLU(),
                       nn.Conv2d(16, 32, 3))
picture = torch.rand(1, 1, 8, 8)
print(f"16 channels: {saved_bytes(vision):,} bytes,",
      f"{flops(vision, picture):,} FLOP")
keep_outputs(vision[0], vision[2], strongest(vision[0], 8))
print(f" 8 channels: {saved_bytes(vision):,} bytes,",
      f"{flops(vision, picture):,} FLOP")
print(vision)
# --8<-- [end:conv]


# --8<-- [start:two-four]
def two_of_four(weight: torch.Tensor) -> torch.Tensor:
    """Return a mask of the 2 largest in each run of 4 along a row."""
    runs = weight.abs().reshape(-1, 4)
    mask = torch.zeros_like(runs)
    mask.scatter_(1, runs.topk(2).indices, 1.0)
    return mask.reshape(weight.shape)


from torch.ao.pruning import WeightNormSparsifier

pattern = copy.deepcopy(dense)
for layer in linear_layers(pattern):
    layer.weight.data *= two_of_four(layer.weight)

paths = ("0.weight", "2.weight", "4.weight")
sparsified = copy.deepcopy(dense)
sparsifier = WeightNormSparsifier(
    sparsity_level=1.0, sparse_block_shape=(1, 4), zeros_per_block=2
)
sparsifier.prepare(sparsified, [{"tensor_fqn": path} for path in paths])
sparsifier.step()
sparsifier.squash_mask()
for path in paths:
    torch.testing.assert_close(sparsified.get_parameter(path),
                               pattern.get_parameter(path))
print(pattern[2].weight[0, :8].tolist().count(0.0), "of 8 are zero")
report("2:4", pattern)
# --8<-- [end:two-four]

try:
    # --8<-- [start:cpu]
    from torch.sparse import to_sparse_semi_structured

    to_sparse_semi_structured(pattern[2].weight.detach().half())
    # --8<-- [end:cpu]
except RuntimeError as error:
    print(error)

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


# --8<-- [start:sweep]
def size(model: nn.Module) -> int:
    """Return the number of parameters."""
    return sum(p.numel() for p in model.parameters())


def masked_to(model: nn.Sequential, budget: int) -> nn.Sequential:
    """Return a copy with all but that many parameters masked."""
    model = copy.deepcopy(model)
    prune.global_unstructured(
        [(layer, "weight") for layer in linear_layers(model)],
        prune.L1Unstructured, amount=size(model) - budget)
    return model


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


# --8<-- [start:plot]
import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt

ink = "#808080"
style = {
    "svg.fonttype": "none", "svg.hashsalt": "sparsity",
    "font.family": "sans-serif", "text.color": ink,
    "axes.labelcolor": ink, "axes.edgecolor": ink,
    "axes.titlecolor": ink, "xtick.color": ink, "ytick.color": ink,
}
colours = dict(zip(names, ("#3f7fbf", "#d9822b", "#2a9d6f", ink)))
with plt.rc_context(style):
    figure, panels = plt.subplots(1, 2, figsize=(7.2, 3.6), sharey=True)
    for axes, title, table in zip(
        panels, ("as removed", "after 50 more steps"), (before, after)
    ):
        for marker, (name, row) in zip("osD^", table.items()):
            axes.plot(levels, row, marker=marker, label=name,
                      color=colours[name])
        axes.set_title(title, fontsize="medium")
        axes.set_xlabel("parameters removed, %")
        axes.grid(color=ink, alpha=0.25)
    panels[0].set_ylabel("test accuracy, %")
    panels[1].legend(frameon=False, loc="lower left")
    figure.savefig("sparsity-accuracy.svg", transparent=True,
                   bbox_inches="tight", metadata={"Date": None})
    plt.close(figure)
# --8<-- [end:plot]
