# --8<-- [start:formats]
import torch

WIDTHS = {  # bits of exponent and of fraction, after one sign bit
    torch.float32: (8, 23),
    torch.bfloat16: (8, 7),
    torch.float16: (5, 10),
}

for dtype, (exponent_bits, fraction_bits) in WIDTHS.items():
    bias = 2 ** (exponent_bits - 1) - 1
    largest = (2 - 2.0**-fraction_bits) * 2.0**bias
    print(f"{str(dtype)[6:]:9} largest {largest:.5g},"
          f" torch says {torch.finfo(dtype).max:.5g}")
# --8<-- [end:formats]
# --8<-- [start:tenth]
for dtype, (_, fraction_bits) in WIDTHS.items():
    tenth = torch.tensor(0.1, dtype=dtype)
    integer = {4: torch.int32, 2: torch.int16}[dtype.itemsize]
    bits = f"{int(tenth.view(integer)):0{8 * dtype.itemsize}b}"
    parts = bits[0], bits[1:-fraction_bits], bits[-fraction_bits:]
    print(f"{str(dtype)[6:]:9}", f"{float(tenth):.10f}", *parts)
# --8<-- [end:tenth]
# --8<-- [start:ulp]
def ulp(x: torch.Tensor) -> torch.Tensor:
    """Distance from |x| to the next larger number of x's format."""
    _, fraction_bits = WIDTHS[x.dtype]
    smallest = torch.finfo(x.dtype).smallest_normal
    _, exponent = torch.frexp(x.abs().double().clamp_min(smallest))
    return torch.ldexp(torch.ones_like(x), exponent - 1 - fraction_bits)


numbers = torch.tensor([0.0, 1e-40, 0.1, 1.0, 2.0, 1e30])
above = torch.nextafter(numbers, torch.tensor(torch.inf))
ulp_error = float((ulp(numbers) - (above - numbers)).abs().max())
print("difference from nextafter:", ulp_error)
for dtype in WIDTHS:
    one, big = torch.ones((), dtype=dtype), torch.full((), 1000.0)
    print(f"{str(dtype)[6:]:9} ulp(1) {ulp(one):.1e},"
          f" eps {torch.finfo(dtype).eps:.1e},"
          f" ulp(1000) {ulp(big.to(dtype)):.1e}")
# --8<-- [end:ulp]
# --8<-- [start:order]
import math

a, b, c = torch.tensor([1e8, -1e8, 1.0])
print("(a + b) + c =", float((a + b) + c))
print("a + (b + c) =", float(a + (b + c)))
# --8<-- [end:order]
# --8<-- [start:sums]
def in_order(terms: torch.Tensor) -> torch.Tensor:
    """Add from left to right."""
    total = torch.zeros(())
    for term in terms:
        total = total + term
    return total


def pairwise(terms: torch.Tensor) -> torch.Tensor:
    """Add neighbors until one number is left; length a power of two."""
    while len(terms) > 1:
        terms = terms[0::2] + terms[1::2]
    return terms[0]


UNIT = torch.finfo(torch.float32).eps / 2


def gamma(n: float) -> float:
    """Relative error that n roundings in a row can reach (Higham)."""
    return n * UNIT / (1 - n * UNIT)


n = 2**14
terms = torch.sin(torch.arange(n) + 1.0).abs() + 0.5
true_sum = math.fsum(terms.tolist())
sum_bounds = {in_order: gamma(n - 1), pairwise: gamma(math.log2(n)),
              torch.sum: gamma(n - 1)}
sum_errors = {}
for method, bound in sum_bounds.items():
    error = abs(float(method(terms)) - true_sum) / true_sum
    sum_errors[method] = error
    print(f"{method.__name__:9} bound {bound:.1e}  kept: {error <= bound}")
# --8<-- [end:sums]
# --8<-- [start:model]
import copy

from sklearn.datasets import load_digits
from torch import nn

images, labels = load_digits(return_X_y=True)
pixels = torch.from_numpy(images).float()
targets = torch.from_numpy(labels)
train, test = slice(0, 1500), slice(1500, None)


class Digits(nn.Module):
    """Ten scores for each row of 64 pixels from 0 to 16."""

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Linear(64, 512), nn.GELU(approximate)
        )
        self.head = nn.Linear(512, 10, bias=False)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return self.head(self.features(pixels / 16))


torch.manual_seed(0)
model = Digits().eval().requires_grad_(False)
exact_model = copy.deepcopy(model).double()
seen = exact_model.features(pixels[train].double() / 16)
wanted = nn.functional.one_hot(targets[train], 10).double()
ridge = torch.linalg.solve(
    seen.T @ seen + 0.1 * torch.eye(512), seen.T @ wanted
)
model.head.weight.copy_(ridge.T)
exact_model.head.weight.copy_(model.head.weight)

batch = pixels[test]
answer, exact = model(batch), exact_model(batch.double())
right = (answer.argmax(-1) == targets[test]).float().mean()
print(f"right: {right:.2f}, scores up to {exact.abs().max():.1f}")
# --8<-- [end:model]
# --8<-- [start:layer]
hidden = model.features(batch / 16)
weight = model.head.weight
product = hidden.double() @ weight.double().T
error = (hidden @ weight.T - product).abs()
size = hidden.abs().double() @ weight.abs().double().T
bound = gamma(512) * size
unit = float(ulp(exact.abs().max().float()))
print(f"bound: {bound.max():.1e}, {bound.max() / unit:.0f} ulps of the scores")
kept = float((error / bound).max())  # the largest share that is used
print("measured:", "below" if kept < 0.02 else "above", "2 % of the bound")
# --8<-- [end:layer]
# --8<-- [start:rows]
def ulps_off(scores: torch.Tensor) -> float:
    """Largest error of any score, in ulps of the largest score."""
    return float((scores.double() - exact).abs().max()) / unit


limit = 256
repeat = float((model(batch) - answer).abs().max())
noise = max(
    ulps_off(torch.cat([model(part) for part in batch.split(rows)]))
    for rows in (1, 3, 16, 297)
)
print(f"the same call again: difference {repeat}")
print("four batch sizes:", "below" if noise < limit / 8 else "above",
      f"{limit / 8:.0f} ulps")
# --8<-- [end:rows]
# --8<-- [start:faults]
def tf32(x: torch.Tensor) -> torch.Tensor:
    """Round to the ten fraction bits that TF32 tensor cores read."""
    bits = x.contiguous().view(torch.int32)
    return ((bits + 0xFFF + ((bits >> 13) & 1)) & ~0x1FFF).view(x.dtype)


def in_tf32(layer: nn.Linear, x: torch.Tensor) -> torch.Tensor:
    """Apply a layer as a GPU does that multiplies in TF32."""
    return nn.functional.linear(tf32(x), tf32(layer.weight), layer.bias)


first, gelu = model.features
by_tanh = Digits("tanh").eval().requires_grad_(False)
by_tanh.load_state_dict(model.state_dict())
nudged = copy.deepcopy(model)
nudged.head.weight[3, 7] *= 1.0001
half = copy.deepcopy(model).bfloat16()
faults = {
    "one weight off by 0.01 %": ulps_off(nudged(batch)),
    "GELU by tanh": ulps_off(by_tanh(batch)),
    "TF32, imitated": ulps_off(
        in_tf32(model.head, gelu(in_tf32(first, batch / 16)))
    ),
    "bfloat16": ulps_off(half(batch.bfloat16())),
}
for name, ulps in faults.items():
    times = 10 ** math.floor(math.log10(ulps / limit))
    seen = f"more than {times:.0f} times" if ulps > limit else "within"
    print(f"{name:25} {seen} the limit")
in_convolutions = torch.backends.cudnn.allow_tf32
in_products = torch.backends.cuda.matmul.allow_tf32
print(f"TF32: convolutions {in_convolutions}, products {in_products}")
# --8<-- [end:faults]
# --8<-- [start:tiny]
for dtype, rtol in ((torch.float32, 1.3e-6), (torch.bfloat16, 1.6e-2)):
    print(dtype, f"{rtol / torch.finfo(dtype).eps:.0f} ulps of 1")
rare, tenfold = torch.tensor([1e-6]), torch.tensor([1e-5])
torch.testing.assert_close(tenfold, rare)
print("ten times the probability is close")
# --8<-- [end:tiny]
# --8<-- [start:flips]
best_two = exact.topk(2).values
margin = best_two[:, 0] - best_two[:, 1]


def flips(scores: torch.Tensor) -> int:
    """How many decisions differ from the exact ones."""
    return int((scores.argmax(-1) != exact.argmax(-1)).sum())


rows, winner = torch.arange(len(exact)), exact.argmax(-1)
for step in (1e-6, 1e-4, 1e-2, 1e-1):
    shift = torch.empty_like(exact).uniform_(-step, step)
    hostile = exact + step
    hostile[rows, winner] -= 2 * step
    print(f"error {step:.0e}: at risk {int((margin < 2 * step).sum()):3}, "
          f"worst case {flips(hostile):3}, random {flips(exact + shift):3}")
closest = float(margin.min()) / (2 * limit * unit)
print(f"closest decision: {closest:.0f} times what {limit} ulps can flip")
# --8<-- [end:flips]
