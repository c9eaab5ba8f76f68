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

csr_bytes: dict[float, int] = {}
zlib_bytes: dict[float, int] = {}
for amount in (0.5, 0.9):
    weight = masked[amount][2].weight.detach()
    dense_bytes = weight.nbytes
    csr = weight.to_sparse_csr()
    parts = (csr.values(), csr.col_indices(), csr.crow_indices())
    csr_bytes[amount] = sum(part.nbytes for part in parts)
    zlib_bytes[amount] = len(zlib.compress(weight.numpy().tobytes()))
    print(f"{amount:.0%} zeros: dense {dense_bytes:,},",
          f"CSR {csr_bytes[amount]:,},",
          f"zlib {zlib_bytes[amount] // 1000}k")
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
with_masks = saved_bytes(library)

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


# --8<-- [start:pack]
def pack(weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the kept half of a 2:4 weight, and one byte for 2 runs."""
    runs = weight.reshape(-1, 4)
    places = (runs != 0).to(torch.uint8).topk(2).indices.sort().values
    nibbles = places[:, 0] + 4 * places[:, 1]
    bytes_ = (nibbles[0::2] + 16 * nibbles[1::2]).to(torch.uint8)
    return runs.gather(1, places), bytes_


def unpack(kept: torch.Tensor, bytes_: torch.Tensor) -> torch.Tensor:
    """Return the runs of 4 that were packed."""
    nibbles = torch.stack((bytes_ % 16, bytes_ // 16), 1).flatten().long()
    places = torch.stack((nibbles % 4, nibbles // 4), 1)
    return torch.zeros(len(kept), 4).scatter(1, places, kept)


sparse = pattern[2].weight.detach()
kept, places = pack(sparse)
print("restored:", torch.equal(unpack(kept, places).view_as(sparse), sparse))
for kind in (torch.float32, torch.float16):
    share = (kept.to(kind).nbytes + places.nbytes) / sparse.to(kind).nbytes
    print(f"{kind}: {share} of the bytes, formula",
          1 / 2 + 1 / torch.finfo(kind).bits)
# --8<-- [end:pack]

try:
    # --8<-- [start:cpu]
    from torch.sparse import to_sparse_semi_structured

    to_sparse_semi_structured(pattern[2].weight.detach().half())
    # --8<-- [end:cpu]
except RuntimeError as error:
    print(error)


# --8<-- [start:fake]
from torchao.sparsity import apply_fake_sparsity

faked = copy.deepcopy(dense)
apply_fake_sparsity(faked)
for path in paths:
    torch.testing.assert_close(faked.get_parameter(path),
                               pattern.get_parameter(path))
report("torchao 2:4", faked)
# --8<-- [end:fake]

try:
    # --8<-- [start:sparsify]
    from torchao.sparsity import sparsify_
    from torchao.sparsity.sparse_api import SemiSparseWeightConfig

    sparsify_(faked.half(), SemiSparseWeightConfig())
    # --8<-- [end:sparsify]
except RuntimeError as error:
    print(error)

# --8<-- [start:blocks]
from torchao.sparsity.sparse_api import BlockSparseWeightConfig

blocks = nn.Sequential(nn.Linear(128, 128, bias=False))
blocks.requires_grad_(False)
blocks[0].weight[:, 32:] = 0
sparsify_(blocks, BlockSparseWeightConfig(blocksize=32))
stored = blocks[0].weight.bsr_values
print(f"{stored.nbytes} of {4 * 128 * 128} bytes")
# --8<-- [end:blocks]

try:
    # --8<-- [start:blocks-fail]
    blocks(torch.rand(8, 128))
    # --8<-- [end:blocks-fail]
except AssertionError as error:
    print(error)
