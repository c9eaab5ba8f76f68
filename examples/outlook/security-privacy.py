# --8<-- [start:data]
import torch
import torch.nn.functional as F
from sklearn.datasets import load_diabetes
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn

torch.set_num_threads(1)  # the matrices are small
table = load_diabetes()
features = torch.tensor(table.data * len(table.data) ** 0.5)
features = features.float()  # ten columns, mean 0, deviation 1
target = torch.tensor(table.target).float()
target = (target - target.mean()) / target.std()


def split(seed: int) -> tuple[Tensor, Tensor]:
    """Row numbers of 200 members and of 200 others, at random."""
    shuffle = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(target), generator=shuffle)
    return order[:200], order[200:400]


def network(width: int = 64) -> nn.Sequential:
    """Ten measurements of a patient in, one number out."""
    return nn.Sequential(
        nn.Linear(10, width), nn.ReLU(),
        nn.Linear(width, width), nn.ReLU(),
        nn.Linear(width, 1), nn.Flatten(0),
    )


def train(
    rows: Tensor,
    steps: int,
    seed: int,
    width: int = 64,
    weight_decay: float = 0.0,
) -> nn.Module:
    """Fit these rows by AdamW, 64 of them a step."""
    torch.manual_seed(seed)
    model = network(width)
    optimizer = torch.optim.AdamW(
        model.parameters(), 3e-3, weight_decay=weight_decay, fused=True)
    for _ in range(steps):
        batch = rows[torch.randint(len(rows), (64,))]
        optimizer.zero_grad()
        F.mse_loss(model(features[batch]), target[batch]).backward()
        optimizer.step()
    return model
# --8<-- [end:data]


# --8<-- [start:attack]
from dataclasses import dataclass


@dataclass
class Report:
    """What a model is worth, and what it tells about its members."""

    fit: float  # R² on members: 1 is perfect, 0 is the mean of all
    use: float  # R² on others, which is what you sell
    auc: float  # 0.5 is guessing
    found: float  # share of members found with one alarm in 20 false


@torch.inference_mode()
def attack(model: nn.Module, members: Tensor, others: Tensor) -> Report:
    """Call "member" whoever has a small error.

    The loss-threshold attack: https://arxiv.org/abs/1709.01604.
    """
    inside = (model(features[members]) - target[members]).square()
    outside = (model(features[others]) - target[others]).square()
    is_member = [1] * len(inside) + [0] * len(outside)
    auc = roc_auc_score(is_member, -torch.cat([inside, outside]).numpy())
    threshold = outside.quantile(0.05)
    return Report(
        fit=1 - inside.mean().item(),
        use=1 - outside.mean().item(),
        auc=float(auc),
        found=(inside < threshold).float().mean().item(),
    )


members, others = split(0)
report = attack(train(members, 600, seed=0), members, others)
print(f"R² of members {report.fit:.2f}, of others {report.use:.2f}")
print(f"AUC {report.auc:.2f}, found {report.found:.2f} of the members")
# --8<-- [end:attack]


# --8<-- [start:cures]
from collections.abc import Callable
from dataclasses import fields

Recipe = Callable[[Tensor, int], nn.Module]


def compare(recipes: dict[str, Recipe]) -> dict[str, Report]:
    """Train each recipe on three splits, attack it, print the means."""
    means = {}
    print(f"{'':20} R² members  others   AUC  found")
    for name, recipe in recipes.items():
        reports = []
        for seed in range(3):
            members, others = split(seed)
            model = recipe(members, seed)
            reports.append(attack(model, members, others))
        mean = means[name] = Report(*(
            sum(getattr(report, field.name) for report in reports) / 3
            for field in fields(Report)
        ))
        print(f"{name:20} {mean.fit:10.2f} {mean.use:7.2f} {mean.auc:5.2f}",
              f"{mean.found:6.2f}")
    return means


ordinary = compare({
    "600 steps": lambda rows, seed: train(rows, 600, seed),
    "weight decay": lambda rows, seed: train(
        rows, 600, seed, weight_decay=1.0),
    "width 8, not 64": lambda rows, seed: train(
        rows, 600, seed, width=8),
    "stopped at 50 steps": lambda rows, seed: train(rows, 50, seed),
})
# --8<-- [end:cures]


# --8<-- [start:private]
from torch.func import functional_call, grad, vmap


def train_privately(
    rows: Tensor,
    seed: int,
    noise: float,
    steps: int = 100,
    share: float = 0.32,
    clip: float = 1.0,
    rate: float = 0.1,
) -> nn.Module:
    """DP-SGD: clip each patient's gradient, add noise to their sum.

    Algorithm 1 of https://arxiv.org/abs/1607.00133. Every row takes part
    in a step with probability `share`, independent of all others. `noise`
    is in units of `clip`, the most that one patient can contribute.
    """
    torch.manual_seed(seed)
    model = network()
    weights = {k: w.detach().clone() for k, w in model.named_parameters()}

    def loss(weights: dict[str, Tensor], row: Tensor, y: Tensor) -> Tensor:
        said = functional_call(model, weights, (row.unsqueeze(0),))
        return (said[0] - y).square()

    gradient_of_each = vmap(grad(loss), in_dims=(None, 0, 0))
    for _ in range(steps):
        batch = rows[torch.rand(len(rows)) < share]
        each = gradient_of_each(weights, features[batch], target[batch])
        norms = torch.stack(
            [g.flatten(1).norm(dim=1) for g in each.values()]).norm(dim=0)
        factor = (clip / norms).clamp(max=1)
        for name, gradients in each.items():
            total = torch.einsum("n...,n->...", gradients, factor)
            total += noise * clip * torch.randn_like(total)
            weights[name] -= rate * total / (share * len(rows))
    model.load_state_dict(weights)
    return model


private = compare({
    "clipped, no noise": lambda rows, seed: train_privately(rows, seed, 0.0),
    "noise 1": lambda rows, seed: train_privately(rows, seed, 1.0),
    "noise 4": lambda rows, seed: train_privately(rows, seed, 4.0),
    "noise 16": lambda rows, seed: train_privately(rows, seed, 16.0),
})
# --8<-- [end:private]


# --8<-- [start:epsilon]
import math

from opacus.accountants import RDPAccountant

DELTA = 1e-3  # well below one in 200 patients


def epsilon(noise: float, steps: int = 100, share: float = 0.32) -> float:
    """The ε that so many steps of `train_privately` have spent."""
    accountant = RDPAccountant()
    for _ in range(steps):
        accountant.step(noise_multiplier=noise, sample_rate=share)
    return float(accountant.get_epsilon(delta=DELTA))


promised: dict[str, float] = {}  # no attacker finds a larger share
for noise in (1.0, 4.0, 16.0):
    spent = epsilon(noise)
    most = min(1.0, math.exp(spent) * 0.05 + DELTA)
    promised[f"noise {noise:.0f}"] = most
    print(f"noise {noise:2.0f}: ε {spent:4.1f}, finds at most {most:.2f}")
# --8<-- [end:epsilon]
