# --8<-- [start:model]
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor, nn

torch.set_num_threads(1)  # the matrices are small
digits = load_digits()
images = torch.tensor(digits.data / 16, dtype=torch.float32)
x, test_x, y, test_y = train_test_split(
    images, torch.tensor(digits.target),
    test_size=450, stratify=digits.target, random_state=0,
)


def network() -> nn.Sequential:
    """64 pixels between 0 and 1, two hidden layers, 10 logits."""
    return nn.Sequential(
        nn.Linear(64, 128), nn.ReLU(),
        nn.Linear(128, 128), nn.ReLU(),
        nn.Linear(128, 10),
    )


def accuracy(model: nn.Module, inputs: Tensor) -> float:
    """Percentage of the test labels that the model gives these inputs."""
    with torch.inference_mode():
        right = model(inputs).argmax(1) == test_y
    return 100 * right.float().mean().item()
# --8<-- [end:model]


# --8<-- [start:fgsm]
def gradient(model: nn.Module, inputs: Tensor, labels: Tensor) -> Tensor:
    """How the loss of each image grows with each of its pixels."""
    inputs = inputs.detach().requires_grad_()
    loss = F.cross_entropy(model(inputs), labels, reduction="sum")
    return torch.autograd.grad(loss, inputs)[0]


def fgsm(
    model: nn.Module, clean: Tensor, labels: Tensor, eps: float
) -> Tensor:
    """One step of `eps` per pixel: https://arxiv.org/abs/1412.6572."""
    step = eps * gradient(model, clean, labels).sign()
    return (clean + step).clamp(0, 1)
# --8<-- [end:fgsm]


# --8<-- [start:pgd]
def pgd(
    model: nn.Module,
    clean: Tensor,
    labels: Tensor,
    eps: float,
    steps: int = 20,
) -> Tensor:
    """Many small steps, each back into the box around the clean image.

    From a random start in the box: https://arxiv.org/abs/1706.06083.
    """
    attacked = clean + eps * (2 * torch.rand_like(clean) - 1)
    for _ in range(steps):
        step = 2.5 * eps / steps * gradient(model, attacked, labels).sign()
        moved = (attacked + step - clean).clamp(-eps, eps)
        attacked = (clean + moved).clamp(0, 1)
    return attacked
# --8<-- [end:pgd]


# --8<-- [start:plain]
def train(steps: int, eps: float = 0.0) -> nn.Module:
    """Fit a network; with `eps`, on images that PGD has just attacked."""
    torch.manual_seed(0)
    model = network()
    optimizer = torch.optim.Adam(model.parameters(), 3e-3, fused=True)
    for _ in range(steps):
        rows = torch.randint(len(y), (128,))
        batch, labels = x[rows], y[rows]
        if eps:
            batch = pgd(model, batch, labels, eps, steps=5)
        optimizer.zero_grad()
        F.cross_entropy(model(batch), labels).backward()
        optimizer.step()
    return model.requires_grad_(False)


plain = train(300)
noise = 0.1 * torch.randn_like(test_x).sign()
by_change = {
    "none": accuracy(plain, test_x),
    "noise": accuracy(plain, (test_x + noise).clamp(0, 1)),
    "FGSM": accuracy(plain, fgsm(plain, test_x, test_y, 0.1)),
}
for change, right in by_change.items():
    print(f"{change:6} {right:3.0f} %")
# --8<-- [end:plain]


# --8<-- [start:pictures]
import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt

ink = "#808080"
style = {
    "svg.fonttype": "none", "svg.hashsalt": "adversarial",
    "font.family": "sans-serif", "text.color": ink,
    "axes.labelcolor": ink, "axes.edgecolor": ink,
    "axes.titlecolor": ink, "xtick.color": ink, "ytick.color": ink,
}

attacked = fgsm(plain, test_x, test_y, 0.1)
said = plain(attacked).argmax(1)
examples = (said != test_y).nonzero().flatten()[:6].tolist()
with plt.rc_context(style):
    figure, grid = plt.subplots(2, 6, figsize=(7.2, 2.7))
    for column, row in enumerate(examples):
        for line, pixels, answer in (
            (grid[0], test_x[row], int(test_y[row])),
            (grid[1], attacked[row], int(said[row])),
        ):
            line[column].imshow(pixels.view(8, 8).numpy(), cmap="gray_r",
                                vmin=0, vmax=1)
            line[column].set_title(f"“{answer}”", fontsize="medium")
            line[column].axis("off")
    figure.savefig("adversarial-digits.svg", transparent=True,
                   bbox_inches="tight", metadata={"Date": None})
    plt.close(figure)
print(len(examples), "right before, wrong after:",
      bool((plain(test_x[examples]).argmax(1) == test_y[examples]).all()))
# --8<-- [end:pictures]


# --8<-- [start:robust]
robust = train(400, eps=0.15)
measured: dict[str, list[float]] = {}
for name, model in (("plain", plain), ("robust", robust)):
    by_attack = measured[name] = [
        accuracy(model, test_x),
        accuracy(model, fgsm(model, test_x, test_y, 0.1)),
        accuracy(model, pgd(model, test_x, test_y, 0.1)),
    ]
    print(f"{name:6}", *(f"{value:4.0f}" for value in by_attack))
# --8<-- [end:robust]


# --8<-- [start:curve]
budgets = (0.0, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3)
curves = {
    name: [accuracy(m, pgd(m, test_x, test_y, eps)) for eps in budgets]
    for name, m in (("plain", plain), ("robust", robust))
}
curves["plain, noise only"] = [
    accuracy(plain, (test_x + eps * noise.sign()).clamp(0, 1))
    for eps in budgets
]
for name, row in curves.items():
    print(f"{name:17}", *(f"{value:4.0f}" for value in row))
# --8<-- [end:curve]


# --8<-- [start:plot]
with plt.rc_context(style):
    figure, axes = plt.subplots(figsize=(7.2, 3.4))
    looks = zip(curves.items(), ("#d9822b", "#3f7fbf", ink), "osD")
    for (name, row), color, marker in looks:
        axes.plot(budgets, row, marker=marker, color=color, label=name)
    axes.set_xlabel("largest change of a pixel, ε (white is 1)")
    axes.set_ylabel("right answers, %")
    axes.grid(color=ink, alpha=0.25)
    axes.legend(frameon=False, loc="lower left")
    figure.savefig("adversarial-curve.svg", transparent=True,
                   bbox_inches="tight", metadata={"Date": None})
    plt.close(figure)
# --8<-- [end:plot]


# --8<-- [start:checks]
surrogate = train(200)  # another network, as an outsider might train


def check(target: nn.Module, eps: float = 0.1) -> dict[str, float]:
    """Attack in five ways; print what is odd, return what is left.

    After the list in https://arxiv.org/abs/1802.00420, section 3.1.
    """
    tries = {
        "one step": fgsm(target, test_x, test_y, eps),
        "many steps": pgd(target, test_x, test_y, eps),
        "noise": (test_x + eps * noise.sign()).clamp(0, 1),
        "borrowed": pgd(surrogate, test_x, test_y, eps),
        "no limit": pgd(target, test_x, test_y, 1.0, steps=40),
    }
    scores = {name: accuracy(target, data) for name, data in tries.items()}
    for name, left in scores.items():
        print(f"{name:10} {left:3.0f} %")
    own = scores["many steps"] - 2  # percent: chance, for 450 images
    odd = {
        "one step beats many": scores["one step"] < own,
        "noise beats gradients": scores["noise"] < own,
        "a borrowed attack beats its own": scores["borrowed"] < own,
        "survives without a limit": scores["no limit"] > 10,
    }
    found = [name for name, is_so in odd.items() if is_so]
    print("odd:", "; ".join(found) or "nothing")
    return scores


check(plain)
check(robust)
# --8<-- [end:checks]


# --8<-- [start:masked]
class Rounded(nn.Module):
    """A popular defense: round every pixel to one of 17 grays."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, inputs: Tensor) -> Tensor:
        return self.model((inputs * 16).round() / 16)


defended = Rounded(plain)
print(f"clean {accuracy(defended, test_x):.0f} %")
masked = check(defended)
# --8<-- [end:masked]


# --8<-- [start:through]
class Through(Rounded):
    """The same answers, with the gradient of no rounding at all."""

    def forward(self, inputs: Tensor) -> Tensor:
        rounded = (inputs * 16).round() / 16
        return self.model(inputs + (rounded - inputs).detach())


attacked = pgd(Through(plain), test_x, test_y, 0.1)
through = accuracy(defended, attacked)
print(f"attacked through the rounding: {through:.0f} %")
# --8<-- [end:through]
