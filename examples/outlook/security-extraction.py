# --8<-- [start:service]
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor, nn

torch.set_num_threads(1)  # the matrices are small
digits = load_digits()
images = torch.tensor(digits.data / 16, dtype=torch.float32)
x, rest, y, _ = train_test_split(
    images, torch.tensor(digits.target),
    test_size=900, stratify=digits.target, random_state=0,
)
public, unseen = rest[:50], rest[450:]  # what outsiders have; the judge


def fit(model: nn.Module, inputs: Tensor, answers: Tensor) -> nn.Module:
    """Take 300 steps towards labels, or towards rows of probabilities."""
    optimizer = torch.optim.Adam(model.parameters(), 3e-3, fused=True)
    for _ in range(300):
        rows = torch.randint(len(inputs), (128,))
        optimizer.zero_grad()
        F.cross_entropy(model(inputs[rows]), answers[rows]).backward()
        optimizer.step()
    return model.requires_grad_(False)


@dataclass
class Endpoint:
    """A model behind an address: images in, probabilities out."""

    model: nn.Module
    questions: int = 0

    def __call__(self, inputs: Tensor) -> Tensor:
        self.questions += len(inputs)
        return self.model(inputs).double().softmax(1)


def agreement(copy: nn.Module, endpoint: Endpoint) -> float:
    """Percentage of unseen images on which both decide alike."""
    same = copy(unseen).argmax(1) == endpoint.model(unseen).argmax(1)
    return 100 * same.float().mean().item()
# --8<-- [end:service]


# --8<-- [start:linear]
torch.manual_seed(0)
regression = Endpoint(fit(nn.Linear(64, 10), x, y))

nothing = torch.zeros(1, 64)  # all pixels dark, then one of them bright
odds = regression(torch.cat([nothing, torch.eye(64)])).log()
odds = odds - odds[:, :1]  # the first class is the yardstick
stolen = nn.Linear(64, 10).requires_grad_(False)
stolen.bias.copy_(odds[0])
stolen.weight.copy_((odds[1:] - odds[0]).T)

print(f"{regression.questions} questions,",
      f"{agreement(stolen, regression):.0f} % of decisions alike")
error = stolen(unseen).softmax(1) - regression.model(unseen).softmax(1)
print("probabilities differ by less than 1e-5:",
      bool(error.abs().max() < 1e-5))
# --8<-- [end:linear]


# --8<-- [start:imitate]
def network() -> nn.Sequential:
    """One hidden layer, for the original as for the copy."""
    return nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))


def noise(count: int) -> Tensor:
    """Every pixel at random."""
    return torch.rand(count, 64)


def made_up(count: int) -> Tensor:
    """Pictures patched together from two public ones each, and noise."""
    one, other = public[torch.randint(len(public), (2, count))]
    mask = torch.rand(count, 64) < 0.5
    patched = torch.where(mask, one, other)
    return (patched + 0.1 * torch.randn(count, 64)).clamp(0, 1)


target = Endpoint(fit(network(), x, y))
counts = (50, 200, 800)
agreed: dict[str, list[float]] = {}  # percent, for each count
print(f"{'questions':15}", *(f"{count:4}" for count in counts))
for questions in (noise, made_up):
    shares = agreed[questions.__name__] = []
    asked = [questions(count) for count in counts]
    for inputs in asked:
        torch.manual_seed(0)
        copy = fit(network(), inputs, target(inputs).float())
        shares.append(agreement(copy, target))
    print(f"{questions.__name__:15}", *(f"{share:4.0f}" for share in shares))
# --8<-- [end:imitate]


# --8<-- [start:less]
answers = {
    "one decimal": lambda p: p.round(decimals=1),
    "label alone": lambda p: p.argmax(1),
}
for name, shown in answers.items():
    shares = agreed[name] = []
    for inputs in asked:  # those of `made_up`
        torch.manual_seed(0)
        copy = fit(network(), inputs, shown(target(inputs).float()))
        shares.append(agreement(copy, target))
    print(f"{name:15}", *(f"{share:4.0f}" for share in shares))
# --8<-- [end:less]


# --8<-- [start:limit]
import hashlib

from security import Gate, TooFast


def minutes_for(questions: int, requests_per_s: float, keys: int) -> float:
    """How long an impatient client needs, on a clock of our own."""
    clock = [0.0]
    secrets = [f"secret-{n}" for n in range(keys)]
    known = {
        key: [hashlib.sha256(key.encode()).hexdigest()] for key in secrets
    }
    gate = Gate(known, requests_per_s, clock=lambda: clock[0])
    answered = 0
    while answered < questions:
        waits = []
        for key in secrets:
            try:
                gate.enter(f"Bearer {key}")
                answered += 1
            except TooFast as limit:
                waits.append(limit.retry_after)
        clock[0] += min(waits, default=0.0) + 1e-6
    return clock[0] / 60


for rate in (10, 1, 1 / 60):
    spent = [minutes_for(800, rate, keys) for keys in (1, 20)]
    print(f"{rate:5.2f} a second: {spent[0]:4.0f} minutes with one key,",
          f"{spent[1]:3.0f} with 20")
# --8<-- [end:limit]


# --8<-- [start:watch]
def strangeness(questions: Tensor) -> Tensor:
    """Distance of each question to the nearest image we trained on."""
    return torch.cdist(questions, x).min(1).values


usual = strangeness(rest[50:450]).quantile(0.95)
traffic = {"an honest client": unseen,
           "made up": made_up(450), "noise": noise(450)}
strange = {
    name: (strangeness(questions) > usual).float().mean().item()
    for name, questions in traffic.items()
}
for name, share in strange.items():
    print(f"{name:17} {share:.2f} of the questions are strange")
# --8<-- [end:watch]
