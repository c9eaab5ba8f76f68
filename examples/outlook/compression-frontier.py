# --8<-- [start:networks]
import torch
from compressing import accuracy, fit, load, network, pack, read, write
from torch import nn
from torchao.quantization import IntxWeightOnlyConfig, quantize_

torch.set_num_threads(1)  # the matrices are small
torch.manual_seed(0)
data = load()
steps = {512: 150, 128: 600, 64: 600, 32: 600, 16: 600, 8: 600}
born = {w: fit(network(w), data, n) for w, n in steps.items()}
print("held-out digits:", len(data[3]))
# --8<-- [end:networks]


# --8<-- [start:grid]
def measure(model: nn.Sequential, bits: int) -> tuple[float, float]:
    """Return kilobytes of the file, and accuracy of what it holds."""
    file = write(model, bits)
    return len(file) / 1000, accuracy(read(file, bits, model), data)


bit_widths = (32, 8, 4, 3, 2, 1)
grid = {
    (width, bits): measure(model, bits)
    for width, model in born.items()
    for bits in bit_widths
}

print("neurons", *(f"{width:5}" for width in born))
for bits in bit_widths:
    row = (f"{grid[width, bits][1]:4.0f}%" for width in born)
    print(f"{bits:>4}bit", *row)
# --8<-- [end:grid]


# --8<-- [start:budget]
for width, bits in ((512, 1), (32, 4)):
    size, right = grid[width, bits]
    print(f"{width} neurons of {bits} bits: {size:.1f} kB")
    print(f"    accuracy {right:.0f} %")
# --8<-- [end:budget]


# --8<-- [start:memory]
import copy

dense = born[512]
served = copy.deepcopy(dense)
quantize_(served, IntxWeightOnlyConfig(weight_dtype=torch.int4))
held = {
    "fp32": dense[2].weight.nbytes,
    "torchao int4": (served[2].weight.qdata.nbytes
                     + served[2].weight.scale.nbytes),
    "packed in 4 bits": pack(served[2].weight.qdata, 4).nbytes,
}
for name, count in held.items():
    print(f"{name:16} {count / 1000:5.0f} kB")
# --8<-- [end:memory]
