# --8<-- [start:formats]
import torch

WIDTHS = {  # bits of exponent and of fraction, after one sign bit
    torch.float32: (8, 23),
    torch.bfloat16: (8, 7),
    torch.float16: (5, 10),
}


def decode(bits: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """Return the values, in float64, that integer bit patterns stand for.

    IEEE 754-2019, section 3.4; bfloat16 is the same with other widths.
    """
    exponent_bits, fraction_bits = WIDTHS[dtype]
    fraction = bits & (2**fraction_bits - 1)
    exponent = (bits >> fraction_bits) & (2**exponent_bits - 1)
    sign = 1 - 2 * ((bits >> (exponent_bits + fraction_bits)) & 1)
    bias = 2 ** (exponent_bits - 1) - 1
    normal = exponent > 0
    power = torch.where(normal, exponent, 1) - bias
    leading = torch.where(normal, 1.0, 0.0).double()
    value = torch.ldexp(leading + fraction / 2**fraction_bits, power)
    special = torch.where(fraction == 0, torch.inf, torch.nan)
    top = exponent == 2**exponent_bits - 1
    return sign * torch.where(top, special, value)


patterns = torch.arange(2**16)
for dtype in (torch.bfloat16, torch.float16):
    theirs = patterns.to(torch.int16).view(dtype).double()
    ours = decode(patterns, dtype)
    same = torch.allclose(ours, theirs, rtol=0, atol=0, equal_nan=True)
    print(f"{dtype}: {int(ours.isfinite().sum())} of {len(ours)} finite, "
          f"all as in torch: {same}")
# --8<-- [end:formats]
# --8<-- [start:tenth]
for dtype, (exponent_bits, fraction_bits) in WIDTHS.items():
    integer = {4: torch.int32, 2: torch.int16}[dtype.itemsize]
    bits = torch.tensor(0.1, dtype=dtype).view(integer).long()
    text = f"{int(bits):0{8 * dtype.itemsize}b}"
    parts = text[0], text[1:-fraction_bits], text[-fraction_bits:]
    value = float(decode(bits, dtype))
    print(f"{str(dtype)[6:]:9}", f"{value:.10f}", *parts)
# --8<-- [end:tenth]
# --8<-- [start:ulp]
def ulp(x: torch.Tensor) -> torch.Tensor:
    """Distance from |x| to the next larger number of x's format."""
    _, fraction_bits = WIDTHS[x.dtype]
    smallest = torch.finfo(x.dtype).smallest_normal
    _, exponent = torch.frexp(x.abs().double().clamp_min(smallest))
    return torch.ldexp(torch.ones_like(x), exponent - 1 - fraction_bits)


torch.manual_seed(0)
numbers = torch.randn(100_000) * 10.0 ** torch.randint(-30, 30, (100_000,))
numbers = torch.cat([numbers, torch.tensor([0.0, 1.0, 2.0, 1e-40])])
above = torch.nextafter(numbers.abs(), torch.tensor(torch.inf))
print("as nextafter:", ulp(numbers).equal(above - numbers.abs()))
for dtype in WIDTHS:
    one, big = torch.ones((), dtype=dtype), torch.full((), 1000.0)
    finfo = torch.finfo(dtype)
    print(f"{str(dtype)[6:]:9} ulp(1) {ulp(one):.1e}, eps {finfo.eps:.1e}, "
          f"ulp(1000) {ulp(big.to(dtype)):.1e}, max {finfo.max:.1e}")
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
    """Add neighbours until one number is left; length a power of two."""
    while len(terms) > 1:
        terms = terms[0::2] + terms[1::2]
    return terms[0]


def kahan(terms: torch.Tensor) -> torch.Tensor:
    """Add from left to right and carry along what rounding lost."""
    total, lost = torch.zeros(()), torch.zeros(())
    for term in terms:
        corrected = term - lost
        new_total = total + corrected
        lost = (new_total - total) - corrected
        total = new_total
    return total


UNIT = torch.finfo(torch.float32).eps / 2


def gamma(n: float) -> float:
    """Relative error that n roundings in a row can reach (Higham)."""
    return n * UNIT / (1 - n * UNIT)


n = 2**14
terms = torch.sin(torch.arange(n) + 1.0).abs() + 0.5
true_sum = math.fsum(terms.tolist())
bounds = {in_order: gamma(n - 1), pairwise: gamma(math.log2(n)),
          kahan: 2 * UNIT + n * UNIT**2, torch.sum: gamma(n - 1)}
for method, bound in bounds.items():
    error = abs(float(method(terms)) - true_sum) / true_sum
    print(f"{method.__name__:9} bound {bound:.1e}  kept: {error <= bound}")
loop, tree = (
    abs(float(method(terms)) - true_sum) for method in (in_order, pairwise)
)
print("in order is more than 10 times worse:", loop > 10 * tree)
# --8<-- [end:sums]
# --8<-- [start:model]
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
exact_model = Digits().double().eval().requires_grad_(False)
exact_model.load_state_dict(model.state_dict())
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
worst, likely = gamma(512), gamma(512**0.5)
print("within the bound:", bool((error <= worst * size).all()))
print("within the likely size:", bool((error <= likely * size).all()))
for name, bound in (("worst", worst), ("likely", likely)):
    tolerance = float(bound * size.max())
    ulps = tolerance / float(ulp(exact.abs().max().float()))
    print(f"{name:6} {tolerance:.0e}, {ulps:.0f} ulps of the largest score")
# --8<-- [end:layer]
# --8<-- [start:rows]
single = torch.cat([model(row) for row in batch.split(1)])
difference = (single - answer).abs().max()
print("bitwise equal:", single.equal(answer))
print("within the likely size:", bool(difference < likely * size.max()))
print("same decisions:", single.argmax(-1).equal(answer.argmax(-1)))
# --8<-- [end:rows]
try:
    # --8<-- [start:close]
    torch.testing.assert_close(torch.tensor([0.5]), torch.tensor([0.51]))
    # --8<-- [end:close]
except AssertionError as error:
    print(error)
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
    noise = torch.empty_like(exact).uniform_(-step, step)
    hostile = exact + step
    hostile[rows, winner] -= 2 * step
    print(f"error {step:.0e}: at risk {int((margin < 2 * step).sum()):3}, "
          f"worst case {flips(hostile):3}, random {flips(exact + noise):3}")
# --8<-- [end:flips]
