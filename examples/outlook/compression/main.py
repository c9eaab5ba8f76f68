# --8<-- [start:dense]
import torch
from compressing import (accuracy, fit, load, low_rank, narrow, network,
                         pack, read, to_codes, unpack, write)
from torch import nn

torch.set_num_threads(1)  # the matrices are small
torch.manual_seed(0)
data = load()
dense = fit(network(512), data, steps=150)


def measure(model: nn.Sequential, bits: int = 32) -> tuple[float, float]:
    """Return kilobytes of the file, and accuracy of what it holds."""
    file = write(model, bits)
    return len(file) / 1000, accuracy(read(file, bits, model), data)


size, right = measure(dense)
print(f"512 neurons, 32 bits: {size:.0f} kB")
print(f"accuracy {right:.0f} %")
# --8<-- [end:dense]


# --8<-- [start:packed]
codes, scale, shift = to_codes(dense[2].weight.detach(), bits=3)
packed = pack(codes, bits=3)
print(f"codes {codes.min()} to {codes.max()}, {codes.nbytes:,} bytes")
print(f"packed {packed.nbytes:,} bytes, the same codes again:",
      torch.equal(unpack(packed, 3, tuple(codes.shape)), codes))
# --8<-- [end:packed]


# --8<-- [start:bits]
wide: dict[int, tuple[float, float]] = {}
for bits in (32, 16, 8, 6, 4, 3, 2, 1):
    wide[bits] = measure(dense, bits)
    print(f"{bits:>2}bit {wide[bits][0]:6.0f}kB {wide[bits][1]:4.0f}%")
# --8<-- [end:bits]


# --8<-- [start:int1]
from torchao.quantization import IntxWeightOnlyConfig, quantize_

one_bit = nn.Linear(512, 512)
quantize_(one_bit, IntxWeightOnlyConfig(weight_dtype=torch.int1))
print("different codes:", one_bit.weight.qdata.unique().tolist())
# --8<-- [end:int1]


# --8<-- [start:cut]
print("width      file   cut  +450 steps  new, 600 steps")
new: dict[int, nn.Sequential] = {}
by_width: dict[int, tuple[float, float, float]] = {}
for width in (128, 64, 32, 16, 8):
    cut = narrow(dense, width)
    size, before = measure(cut)
    _, after = measure(fit(cut, data, steps=450))
    new[width] = fit(network(width), data, steps=600)
    fresh = accuracy(new[width], data)
    by_width[width] = before, after, fresh
    print(f"{width:>4}n {size:7.1f}kB {before:4.0f}% {after:10.0f}%",
          f"{fresh:14.0f}%")
# --8<-- [end:cut]


# --8<-- [start:rank]
print("rank       file   cut  +200 steps")
by_rank: dict[int, tuple[float, float]] = {}
for rank in (32, 16, 8, 4, 2):
    thin = low_rank(dense, rank)
    size, before = measure(thin)
    _, after = measure(fit(thin, data, steps=200))
    by_rank[rank] = before, after
    print(f"{rank:>3}r {size:8.1f}kB {before:4.0f}% {after:10.0f}%")
# --8<-- [end:rank]


# --8<-- [start:teacher]
students: dict[int, tuple[float, float]] = {}
for steps in (100, 600):
    torch.manual_seed(1)
    alone = accuracy(fit(network(16), data, steps), data)
    torch.manual_seed(1)
    taught = accuracy(fit(network(16), data, steps, dense), data)
    students[steps] = alone, taught
    print(f"16 neurons, {steps} steps:")
    print(f"    {alone:.0f} % alone, {taught:.0f} % with a teacher")
# --8<-- [end:teacher]
