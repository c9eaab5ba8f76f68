# --8<-- [start:reproduce]
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(
    nn.Linear(256, 512), nn.ReLU(), nn.Linear(512, 10)
).eval().requires_grad_(False)
batch = torch.randn(512, 256)

together = model(batch)
alone = torch.cat([model(row) for row in batch.split(1)])
print("bitwise equal:", torch.equal(together, alone))
print("within 1e-5: ", bool((together - alone).abs().max() < 1e-5))
# --8<-- [end:reproduce]


# --8<-- [start:why]
def dot(left: torch.Tensor, right: torch.Tensor, lanes: int) -> float:
    """Sum the products as a kernel with that many lanes would."""
    sums = torch.zeros(lanes)
    for products in (left * right).split(lanes):
        sums = sums + products
    total = sums[0]
    for partial in sums[1:]:
        total = total + partial
    return total.item()


weights = 1 / torch.arange(1.0, 257.0)
inputs = torch.arange(256.0) % 7 - 3
for lanes in (1, 8, 16):
    print(f"{lanes:2} lanes: {dot(inputs, weights, lanes):.8f}")
# --8<-- [end:why]


# --8<-- [start:fix]
def scale(scores: torch.Tensor) -> torch.Tensor:
    """The gap between floats of the size of the largest score."""
    return torch.finfo(scores.dtype).eps * scores.abs().max()


def compare(left: torch.Tensor, right: torch.Tensor) -> None:
    """Raise AssertionError unless the difference is only rounding."""
    torch.testing.assert_close(
        left, right, rtol=0, atol=256 * scale(right).item()
    )


compare(alone, together)
print("only rounding")
# --8<-- [end:fix]
# --8<-- [start:flips]
def undecided(scores: torch.Tensor) -> torch.Tensor:
    """Which rows rounding could decide the other way."""
    first, second = scores.topk(2).values.unbind(-1)
    return first - second < 2 * 256 * scale(scores)


changed = together.argmax(-1) != alone.argmax(-1)
print("decisions that changed:   ", int(changed.sum()))

near = together.clone()
near[7] = 0.5
near[7, 3] += 1e-6  # a tie, but for one part in a million
print("rounding could change row:", undecided(near).nonzero().flatten())
# --8<-- [end:flips]
try:
    # --8<-- [start:refuses]
    compare(together.bfloat16().float(), together)
    # --8<-- [end:refuses]
except AssertionError as error:
    print(error)
