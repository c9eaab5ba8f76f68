# --8<-- [start:model]
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

torch.manual_seed(0)
images, labels = load_digits(return_X_y=True)
train_x, test_x, train_y, test_y = train_test_split(
    torch.tensor(images / 16, dtype=torch.float32),
    torch.tensor(labels),
    test_size=0.3, random_state=0, stratify=labels,
)


def make_mlp() -> nn.Sequential:
    """Return an untrained classifier of 8x8 digit images."""
    return nn.Sequential(
        nn.Linear(64, 256), nn.ReLU(),
        nn.Linear(256, 256), nn.ReLU(),
        nn.Linear(256, 10),
    )


def fit(model: nn.Module, steps: int, rate: float) -> None:
    """Train model in place on random batches of 128."""
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    generator = torch.Generator().manual_seed(0)
    for _ in range(steps):
        batch = torch.randint(len(train_x), (128,), generator=generator)
        loss = nn.functional.cross_entropy(
            model(train_x[batch]), train_y[batch]
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


@torch.inference_mode()
def accuracy(model: nn.Module) -> float:
    """Return the share of right answers on the test images."""
    return (model(test_x).argmax(1) == test_y).float().mean().item()


fp32 = make_mlp()
fit(fp32, steps=250, rate=2e-3)
fp32.eval()
print(f"fp32: accuracy {accuracy(fp32):.0%}")
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


# --8<-- [start:qat]
import copy


class TwoBitLinear(nn.Linear):
    """A Linear whose weight takes the values -s, 0 and s per channel."""

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        largest = self.weight.detach().abs().amax(1, keepdim=True)
        weight = RoundThrough.apply(self.weight, largest, -1, 1)
        return nn.functional.linear(batch, weight, self.bias)


def with_two_bits(model: nn.Sequential) -> nn.Sequential:
    """Return a copy of model in which every Linear has 2-bit weights."""
    layers: list[nn.Module] = []
    for layer in copy.deepcopy(model):
        if isinstance(layer, nn.Linear):
            quantized = TwoBitLinear(layer.in_features, layer.out_features)
            quantized.load_state_dict(layer.state_dict())
            layer = quantized
        layers.append(layer)
    return nn.Sequential(*layers)


after_training = with_two_bits(fp32).eval()
aware = with_two_bits(fp32)
fit(aware, steps=60, rate=2e-3)
aware.eval()
longer = copy.deepcopy(fp32)
fit(longer, steps=60, rate=2e-3)
for name, model in (("2 bits, PTQ", after_training),
                    ("2 bits, QAT", aware),
                    ("fp32, trained as long", longer)):
    print(f"{name}: accuracy {accuracy(model):.0%}")
# --8<-- [end:qat]


# --8<-- [start:qat-library]
from torchao.quantization import IntxWeightOnlyConfig, quantize_
from torchao.quantization.granularity import PerAxis
from torchao.quantization.qat import IntxFakeQuantizeConfig, QATConfig

library_qat = copy.deepcopy(fp32)
two_bits = IntxFakeQuantizeConfig(
    torch.int2, "per_channel", is_symmetric=True
)
quantize_(library_qat, QATConfig(weight_config=two_bits, step="prepare"))
print(type(library_qat[0]).__name__)
fit(library_qat, steps=60, rate=2e-3)
print(f"2 bits, torchao QAT: accuracy {accuracy(library_qat):.0%}")

base = IntxWeightOnlyConfig(torch.int2, PerAxis(0))
quantize_(library_qat, QATConfig(base, step="convert"))
weight = library_qat[0].weight
print(f"converted: accuracy {accuracy(library_qat):.0%},",
      type(weight).__name__, weight.qdata.unique().tolist())
# --8<-- [end:qat-library]
