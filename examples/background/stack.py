"""The PyTorch deployment stack: one exported program, many doors."""

# --8<-- [start:model]
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(
    nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)
).eval()
sample = torch.randn(8, 64)
with torch.inference_mode():
    expected = model(sample)
print(tuple(expected.shape))
# --8<-- [end:model]

# --8<-- [start:export]
batch = torch.export.Dim("batch", min=1, max=64)
program = torch.export.export(
    model, (sample,), dynamic_shapes=({0: batch},)
)
torch.export.save(program, "model.pt2")

for node in program.graph.nodes:
    if node.op == "call_function":
        print(node.target)
print(list(program.range_constraints.values()))
# --8<-- [end:export]

# --8<-- [start:load]
loaded = torch.export.load("model.pt2").module()
print(torch.equal(loaded(sample), expected))
print(tuple(loaded(sample[:1]).shape))
# --8<-- [end:load]

try:
    # --8<-- [start:guard]
    loaded(torch.zeros(65, 64))
    # --8<-- [end:guard]
except AssertionError as error:
    print(error)

# --8<-- [start:onnx]
import numpy as np
import onnxruntime

torch.onnx.export(
    program, f="model.onnx", external_data=False, verbose=False
)

session = onnxruntime.InferenceSession("model.onnx")
given = session.get_inputs()[0]
(logits,) = session.run(None, {given.name: sample.numpy()})
print(given.shape)
print(np.allclose(logits, expected, atol=1e-5))
# --8<-- [end:onnx]

# --8<-- [start:openvino]
import openvino

converted = openvino.convert_model(program)
compiled = openvino.compile_model(
    converted, "CPU", {"INFERENCE_PRECISION_HINT": "f32"}
)
logits = compiled(sample.numpy())[0]
print(np.allclose(logits, expected, atol=1e-5))
# --8<-- [end:openvino]

# --8<-- [start:executorch]
from executorch.backends.xnnpack.partition.xnnpack_partitioner import (
    XnnpackPartitioner,
)
from executorch.exir import to_edge_transform_and_lower
from executorch.runtime import Runtime

lowered = to_edge_transform_and_lower(
    program, partitioner=[XnnpackPartitioner()]
)
lowered.to_executorch().save("model.pte")

method = Runtime.get().load_program("model.pte").load_method("forward")
(logits,) = method.execute([sample])
print(torch.allclose(logits, expected, atol=1e-5))
# --8<-- [end:executorch]

# --8<-- [start:aoti]
from torch._inductor import aoti_compile_and_package, aoti_load_package

aoti_compile_and_package(program, package_path="native.pt2")

native = aoti_load_package("native.pt2")
print(torch.allclose(native(sample), expected, atol=1e-5))
# --8<-- [end:aoti]

# --8<-- [start:torchao]
import copy

from torchao.quantization import Int8WeightOnlyConfig, quantize_

small = copy.deepcopy(model)
quantize_(small, Int8WeightOnlyConfig())
with torch.inference_mode():
    error = (small(sample) - expected).abs().max()
print(type(small[0].weight).__name__)
print("largest error below 0.02:", bool(0 < error < 0.02))
# --8<-- [end:torchao]
