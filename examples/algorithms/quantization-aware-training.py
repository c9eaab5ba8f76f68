# --8<-- [start:model]
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

images, labels = load_digits(return_X_y=True)
train_x, test_x, train_y, test_y = map(torch.tensor, train_test_split(
    images / 16, labels, test_size=0.3, random_state=0, stratify=labels
))


def fit(model: nn.Module, steps: int) -> nn.Module:
    """Train model in place on random batches of 128."""
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    generator = torch.Generator().manual_seed(0)
    for _ in range(steps):
        batch = torch.randint(len(train_x), (128,), generator=generator)
        logits = model(train_x[batch].to(next(model.parameters())))
        loss = nn.functional.cross_entropy(logits, train_y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model


def train(widths: list[int], seed: int) -> nn.Module:
    """Return a classifier of digits with hidden layers of these widths."""
    torch.manual_seed(seed)
    layers: list[nn.Module] = []
    inputs = 64
    for width in widths:
        layers += [nn.Linear(inputs, width), nn.ReLU()]
        inputs = width
    model = nn.Sequential(*layers, nn.Linear(inputs, 10)).double()
    return fit(model, steps=250)


@torch.inference_mode()
def accuracy(models: list[nn.Module]) -> float:
    """Return the share of correct test images, averaged over models."""
    right = [(m(test_x).argmax(1) == test_y).double() for m in models]
    return torch.stack(right).mean().item()


networks = {
    "wide": [train([512], seed=0)],
    "narrow": [train([32, 32, 32], seed) for seed in range(3)],
}
for name, models in networks.items():
    print(f"{name}: accuracy {accuracy(models):.1%}")
# --8<-- [end:model]


# --8<-- [start:ste]
class RoundThrough(torch.autograd.Function):
    """Round to [low, high] forward; backward, pass the gradient inside."""

    @staticmethod
    def forward(
        ctx: torch.autograd.function.FunctionCtx,
        real: torch.Tensor, scale: torch.Tensor, low: int, high: int,
    ) -> torch.Tensor:
        steps = torch.round(real / scale)
        ctx.save_for_backward((steps >= low) & (steps <= high))
        return steps.clamp(low, high) * scale

    @staticmethod
    def backward(
        ctx: torch.autograd.function.FunctionCtx, gradient: torch.Tensor,
    ) -> tuple[torch.Tensor, None, None, None]:
        (inside,) = ctx.saved_tensors
        return gradient * inside, None, None, None
# --8<-- [end:ste]


# --8<-- [start:ste-check]
weights = torch.tensor([-3.0, -0.6, 0.2, 0.9, 3.0], requires_grad=True)
target = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0])
scale = torch.tensor(0.5)

ours = RoundThrough.apply(weights, scale, -4, 4)
(own_gradient,) = torch.autograd.grad((ours * target).sum(), weights)

library = torch.fake_quantize_per_tensor_affine(weights, 0.5, 0, -4, 4)
(gradient,) = torch.autograd.grad((library * target).sum(), weights)
assert torch.equal(ours, library) and torch.equal(own_gradient, gradient)

rounded = torch.round(weights / scale) * scale
(plain,) = torch.autograd.grad((rounded * target).sum(), weights)
print("forward       ", ours.tolist())
print("gradient      ", own_gradient.tolist())
print("without bypass", plain.tolist())
# --8<-- [end:ste-check]


# --8<-- [start:round]
import copy
from collections.abc import Callable

Scale = Callable[[torch.Tensor], torch.Tensor]


def largest(weight: torch.Tensor) -> torch.Tensor:
    """Return the largest magnitude of each output channel."""
    return weight.detach().abs().amax(1, keepdim=True)


def least_error(weight: torch.Tensor) -> torch.Tensor:
    """Return the scale per channel with the least square error (MSE)."""
    weight = weight.detach()
    shares = torch.linspace(0.05, 1, 20, dtype=weight.dtype)
    scales = shares[:, None, None] * largest(weight)
    rounded = RoundThrough.apply(weight, scales, -1, 1)
    errors = (weight - rounded).square().sum(2, keepdim=True)
    return scales.take_along_dim(errors.argmin(0, keepdim=True), 0)[0]


class TernaryLinear(nn.Linear):
    """A Linear whose weight takes the values -s, 0 and s per channel."""

    def __init__(self, layer: nn.Linear, scale: Scale) -> None:
        super().__init__(layer.in_features, layer.out_features,
                         dtype=layer.weight.dtype)
        self.load_state_dict(layer.state_dict())
        self.register_buffer("scale", scale(self.weight))

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        weight = RoundThrough.apply(self.weight, self.scale, -1, 1)
        return nn.functional.linear(batch, weight, self.bias)


def quantize(model: nn.Module, scale: Scale) -> nn.Module:
    """Return a copy of model in which every Linear is ternary."""
    return nn.Sequential(*(
        TernaryLinear(layer, scale) if isinstance(layer, nn.Linear)
        else layer for layer in copy.deepcopy(model)
    ))


@torch.no_grad()
def correct_bias(ternary: nn.Module, model: nn.Module) -> nn.Module:
    """Give each layer of ternary the mean output it has in model."""
    rounded = exact = train_x
    for ours, layer in zip(ternary, model, strict=True):
        exact = layer(exact)
        if isinstance(ours, TernaryLinear):
            ours.bias += (exact - ours(rounded)).mean(0)
        rounded = ours(rounded)
    return ternary


def round_after_training(models: list[nn.Module]) -> dict[str, float]:
    """Return the accuracy of four ways to round finished models."""
    results = {}
    for scale in (largest, least_error):
        rounded = [quantize(model, scale) for model in models]
        results[scale.__name__] = accuracy(rounded)
        for ternary, model in zip(rounded, models, strict=True):
            correct_bias(ternary, model)
        results[f"{scale.__name__}, bias corrected"] = accuracy(rounded)
    return results


ptq = {name: round_after_training(networks[name]) for name in networks}
print(f"{'scale':27}  wide narrow")
for way in ptq["wide"]:
    print(f"{way:27}", *(f"{ptq[name][way]:5.1%}" for name in ptq))
# --8<-- [end:round]


# --8<-- [start:qat]
narrow = networks["narrow"]
longer = [fit(copy.deepcopy(model), steps=150) for model in narrow]
aware = [fit(quantize(model, least_error), steps=150) for model in narrow]

best_ptq = max(*ptq["narrow"].values(),
               *round_after_training(longer).values())
exact, qat = accuracy(longer), accuracy(aware)
print(f"best PTQ {best_ptq:.1%}, QAT {qat:.1%}, unrounded {exact:.1%}")
print(f"QAT wins back {(qat - best_ptq) / (exact - best_ptq):.0%} of the loss")
# --8<-- [end:qat]


# --8<-- [start:qat-library]
from torchao.quantization import IntxWeightOnlyConfig, quantize_
from torchao.quantization.granularity import PerAxis
from torchao.quantization.qat import IntxFakeQuantizeConfig, QATConfig

model = copy.deepcopy(narrow[0]).float()
two_bits = IntxFakeQuantizeConfig(
    torch.int2, "per_channel", is_symmetric=True
)
quantize_(model, QATConfig(weight_config=two_bits, step="prepare"))
print(type(model[0]).__name__)
fit(model, steps=150)
with torch.inference_mode():
    trained = model(test_x.float())

base = IntxWeightOnlyConfig(torch.int2, PerAxis(0))
quantize_(model, QATConfig(base, step="convert"))
with torch.inference_mode():
    converted = model(test_x.float())
changed = (converted.argmax(1) != trained.argmax(1)).sum().item()
weight = model[0].weight
print(type(weight).__name__, weight.qdata.unique().tolist())
print(f"convert changed {changed} of {len(test_x)} decisions")
# --8<-- [end:qat-library]
