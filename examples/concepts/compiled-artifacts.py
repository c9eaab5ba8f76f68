"""What AOTInductor, ONNX and ExecuTorch keep of a program."""
# --8<-- [start:model]
import torch
from torch import nn


class Digits(nn.Module):
    """Classify 8x8 images given as pixel counts from 0 to 16."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(64, 16)
        self.out = nn.Linear(16, 10)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Map (batch, 64) float32 pixels to (batch, 10) logits."""
        return self.out(torch.relu(self.hidden(pixels / 16)))


torch.manual_seed(0)
model = Digits().eval()
pixels = torch.randint(0, 17, (8, 64)).float()
with torch.inference_mode():
    expected = model(pixels)
# --8<-- [end:model]

# --8<-- [start:export]
batch = torch.export.Dim("batch", min=1, max=64)
public = torch.zeros(2, 64)
program = torch.export.export(
    model, (public,), dynamic_shapes={"pixels": {0: batch}}
)
torch.export.save(program, "model.pt2")
loaded = torch.export.load("model.pt2").module()
# --8<-- [end:export]

# --8<-- [start:aoti]
import zipfile
from pathlib import Path

torch._inductor.aoti_compile_and_package(
    program, package_path="model.aoti.pt2"
)

package = zipfile.ZipFile("model.aoti.pt2")
for name in package.namelist():
    print(Path(name).parts[1], "".join(Path(name).suffixes))
# --8<-- [end:aoti]

# --8<-- [start:library]
(library,) = [n for n in package.namelist() if n.endswith(".so")]
code = package.read(library)
weight_bytes = model.hidden.weight.detach().numpy().tobytes()
print(code[:4], weight_bytes in code)
(source,) = [n for n in package.namelist() if n.endswith("wrapper.cpp")]
print(b"-march=native" in package.read(source))

compiled = torch._inductor.aoti_load_package("model.aoti.pt2")
print(sorted(compiled.get_metadata()))
# --8<-- [end:library]

# --8<-- [start:portable]
import re

torch._inductor.aoti_compile_and_package(
    program,
    package_path="portable.aoti.pt2",
    inductor_configs={"cpp.march": "x86-64-v3", "cpp.simdlen": 256},
)
portable = zipfile.ZipFile("portable.aoti.pt2")
flags = {
    flag.decode()
    for name in portable.namelist()
    if name.endswith(".cpp")
    for flag in re.findall(rb" (-m[\w=-]+)", portable.read(name))
}
newer = [flag for flag in flags if "avx512" in flag or "amx" in flag]
print("-march=x86-64-v3" in flags, "-march=native" in flags, newer)

compiled_for_avx2 = torch._inductor.aoti_load_package("portable.aoti.pt2")
isa = compiled_for_avx2.get_metadata()["AOTI_CPU_ISA"]
with torch.inference_mode():
    apart = (compiled_for_avx2(pixels) - expected).abs().max().item()
print(isa, "right" if apart < 1e-4 else f"off by {apart}")
# --8<-- [end:portable]

# --8<-- [start:onnx]
import onnx

torch.onnx.export(program, f="model.onnx", verbose=False)

print(sorted(path.name for path in Path(".").glob("model.onnx*")))
proto = onnx.load("model.onnx", load_external_data=False)
print([node.op_type for node in proto.graph.node])
print([(item.domain, item.version) for item in proto.opset_import])
(entry,) = proto.graph.input
dims = entry.type.tensor_type.shape.dim
print([dim.dim_value or "any" for dim in dims])
(place,) = {
    item.value
    for tensor in proto.graph.initializer
    for item in tensor.external_data
    if item.key == "location"
}
print(place)
# --8<-- [end:onnx]

# --8<-- [start:pte]
from executorch.backends.xnnpack.partition.xnnpack_partitioner import (
    XnnpackPartitioner,
)
from executorch.exir import to_edge_transform_and_lower
from executorch.runtime import Runtime

lowered = to_edge_transform_and_lower(
    program, partitioner=[XnnpackPartitioner()]
).to_executorch()
Path("model.pte").write_bytes(lowered.buffer)

print(lowered.buffer[4:8])
phone = Runtime.get().load_program("model.pte").load_method("forward")
memory = phone.metadata.input_tensor_meta(0)
print(memory.sizes(), memory.nbytes(), memory.is_memory_planned())
# --8<-- [end:pte]

# --8<-- [start:ask]
from collections.abc import Callable

import onnxruntime

session = onnxruntime.InferenceSession(
    "model.onnx", providers=["CPUExecutionProvider"]
)

Run = Callable[[torch.Tensor], torch.Tensor]
artifacts: dict[str, Run] = {
    "export .pt2": loaded,
    "AOTInductor": compiled,
    "ONNX Runtime": lambda given: torch.from_numpy(
        session.run(None, {"pixels": given.numpy()})[0]
    ),
    "ExecuTorch": lambda given: phone.execute([given])[0],
}
inputs = {
    "as exported": pixels,
    "batch 65": pixels[:1].repeat(65, 1),
    "float64": pixels.double(),
    "transposed": pixels.T.contiguous().T,
}


def verdict(run: Run, given: torch.Tensor) -> str:
    """Say what the artifact does with an input."""
    try:
        with torch.inference_mode():
            answer = run(given)
            truth = model(given.float())
    except Exception:
        return "refused"
    return "right" if torch.allclose(answer, truth, atol=1e-5) else "WRONG"


print(" " * 13, *(f"{title:>11}" for title in inputs))
for title, run in artifacts.items():
    row = (f"{verdict(run, given):>11}" for given in inputs.values())
    print(f"{title:13}", *row)
# --8<-- [end:ask]

# --8<-- [start:size]
torch.save(model.state_dict(), "weights.pt")
for names in (
    ["weights.pt"],
    ["model.pt2"],
    ["model.onnx", "model.onnx.data"],
    ["model.pte"],
    ["model.aoti.pt2"],
):
    total = sum(Path(name).stat().st_size for name in names)
    print(f"{' + '.join(names):28} {'> 1 MB' if total > 1e6 else '< 64 kB'}")
# --8<-- [end:size]
