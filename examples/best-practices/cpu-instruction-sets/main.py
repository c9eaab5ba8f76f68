# --8<-- [start:detect]
import torch

print("ATen uses", torch.backends.cpu.get_cpu_capability())
flags = torch.cpu.get_capabilities()
for need, names in {
    "int8 summed in 32 bits": ("avx_vnni", "avx512_vnni", "amx_int8"),
    "bfloat16 products": ("avx512_bf16", "amx_bf16"),
}.items():
    print(f"{need}: {[name for name in names if flags.get(name)]}")
# --8<-- [end:detect]


# --8<-- [start:float]
def differing(one: torch.Tensor, other: torch.Tensor) -> int:
    return int((one != other).sum())


def largest(one: torch.Tensor, other: torch.Tensor) -> float:
    return (one.double() - other.double()).abs().max().item()


here, capped = torch.load("here.pt"), torch.load("capped.pt")
float32 = ("linear", "conv2d", "softmax")
for name in float32:
    count = differing(here[name], capped[name])
    print(f"{name}: {count} of {here[name].numel()} elements differ")
total = here["linear"].numel()
drift = max(largest(here[name], capped[name]) for name in float32)
print(f"largest difference: {drift:.0e}")
# --8<-- [end:float]

# --8<-- [start:emulated]
epyc = torch.load("epyc.pt")
convolution = differing(capped["conv2d"], epyc["conv2d"])
unequal_linear = differing(capped["linear"], epyc["linear"])
vendor_drift = largest(capped["linear"], epyc["linear"])
print(f"conv2d: {convolution} of {epyc['conv2d'].numel()} elements differ")
print(f"linear: {unequal_linear} of {total} elements differ")
print(f"largest difference: {vendor_drift:.0e}")
# --8<-- [end:emulated]

# --8<-- [start:bfloat16]
changed = differing(here["bfloat16"], capped["bfloat16"])
print(f"bfloat16 layer: {changed} of {total} elements differ")
medium = differing(here["medium"], here["linear"])
moved = largest(here["medium"], here["linear"])
print(
    f"medium and float32: {medium} of {total} differ, at most {moved:.0e}"
)
limited = differing(capped["medium"], capped["linear"])
print(f"the same with the limits: {limited} differ")
# --8<-- [end:bfloat16]


# --8<-- [start:saturate]
def saturating_sum(activation: int, weight: int, length: int) -> int:
    """A dot product of constants as AVX2 computes it: pairs in int16."""
    products = torch.full((length,), activation * weight)
    pairs = products.view(-1, 2).sum(dim=1)
    return int(pairs.clamp(-(2**15), 2**15 - 1).sum())


for weight in (127, 63):
    exact = 64 * 255 * weight
    in_pairs = saturating_sum(255, weight, 64)
    print(f"weight {weight:3}: exact {exact}, in pairs {in_pairs}")
# --8<-- [end:saturate]

# --8<-- [start:onnx]
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

for path, value in {
    "signed.onnx": np.int8(127),
    "reduced.onnx": np.int8(63),
    "unsigned.onnx": np.uint8(255),
}.items():
    weights = np.full((64, 32), value)
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["activations", "w"], ["y"])],
        "product",
        [
            helper.make_tensor_value_info(
                "activations", TensorProto.UINT8, [1, 64]
            )
        ],
        [helper.make_tensor_value_info("y", TensorProto.INT32, [1, 32])],
        [numpy_helper.from_array(weights, "w")],
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10
    )
    onnx.save(model, path)
    print(f"{path} should print {64 * 255 * int(value)}")
# --8<-- [end:onnx]

# --8<-- [start:int-mm]
exact = 64 * 127 * 127
shifted = saturating_sum(127 + 128, 127, 64) - 64 * 128 * 127
capped_sum = int(capped["_int_mm"][0, 0])
print(f"exact: {exact}")
print(f"shifted by 128 and summed in pairs: {shifted}")
print(f"on this processor: {int(here['_int_mm'][0, 0])}")
print(f"with the limits: {capped_sum}")
# --8<-- [end:int-mm]

# --8<-- [start:emulated-int-mm]
print(f"on the emulated EPYC: {int(epyc['_int_mm'][0, 0])}")
# --8<-- [end:emulated-int-mm]
