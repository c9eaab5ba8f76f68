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


fp32 = make_mlp()
fit(fp32, steps=250, rate=2e-3)
fp32.eval()
# --8<-- [end:model]


# --8<-- [start:gate]
import copy
import io


def size_kb(model: nn.Module) -> float:
    """Return what torch.save writes for the weights, in kilobytes."""
    buffer = io.BytesIO()
    torch.save(model.state_dict(), buffer)
    return buffer.getbuffer().nbytes / 1000


def report(name: str, model: nn.Module) -> float:
    """Print size, decisions and SQNR of one variant; return its SQNR."""
    with torch.inference_mode():
        expected, logits = fp32(test_x), model(test_x)
    accuracy = (logits.argmax(1) == test_y).float().mean().item()
    flips = (logits.argmax(1) != expected.argmax(1)).float().mean().item()
    noise = (logits - expected).norm()
    sqnr = 20 * torch.log10(expected.norm() / noise)
    print(f"{name}: {size_kb(model):.0f} kB")
    print(f"  accuracy {accuracy:.0%}, changed {flips:.0%},",
          f"SQNR {sqnr:.0f} dB")
    return sqnr.item()


report("fp32", fp32)
# --8<-- [end:gate]


# --8<-- [start:weight-only]
from torchao.quantization import Int8WeightOnlyConfig, quantize_

weight_only = copy.deepcopy(fp32)
quantize_(weight_only, Int8WeightOnlyConfig())
sqnr_weight_only = report("int8 weight-only", weight_only)
# --8<-- [end:weight-only]


# --8<-- [start:four-bits]
from torchao.quantization import IntxWeightOnlyConfig
from torchao.quantization.granularity import PerGroup

four_bits = copy.deepcopy(fp32)
quantize_(four_bits, IntxWeightOnlyConfig(
    weight_dtype=torch.int4, granularity=PerGroup(32),
))
sqnr_four_bits = report("int4 weight-only", four_bits)
print("stored as", four_bits[0].weight.qdata.dtype)
# --8<-- [end:four-bits]


# --8<-- [start:packed-config]
from torchao.prototype.quantization.int4 import (
    PrototypeInt4WeightOnlyConfig,
)

cpu_int4 = PrototypeInt4WeightOnlyConfig(group_size=32)
# --8<-- [end:packed-config]

try:
    # --8<-- [start:packed-fails]
    quantize_(copy.deepcopy(fp32), cpu_int4)
    # --8<-- [end:packed-fails]
except RuntimeError as error:
    print(error)


# --8<-- [start:packed]
def fits_kernel(module: nn.Module, name: str) -> bool:
    """Tell whether the CPU's int4 kernel takes this layer."""
    return isinstance(module, nn.Linear) and module.out_features % 16 == 0


packed = copy.deepcopy(fp32)
quantize_(packed, cpu_int4, filter_fn=fits_kernel)
report("int4 packed", packed)
codes = packed[0].weight.qdata
print(f"{codes.nbytes / fp32[0].weight.numel()} bytes per weight")
# --8<-- [end:packed]


# --8<-- [start:bf16]
class InBf16(nn.Module):
    """Runs a classifier in bf16; takes and returns float32."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = copy.deepcopy(model).bfloat16()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.model(images.bfloat16()).float()


in_bf16 = InBf16(fp32)
widened = make_mlp().eval()
widened.load_state_dict(in_bf16.model.state_dict())  # copied into fp32
sqnr_widened = report("bf16 weights, in fp32", widened)
sqnr_bf16 = report("all in bf16", in_bf16)
# --8<-- [end:bf16]


# --8<-- [start:dynamic]
from torchao.quantization import Int8DynamicActivationInt8WeightConfig

dynamic = copy.deepcopy(fp32)
quantize_(dynamic, Int8DynamicActivationInt8WeightConfig())
sqnr_dynamic = report("int8 dynamic", dynamic)
# --8<-- [end:dynamic]


# --8<-- [start:static]
from torchao.quantization.pt2e.quantize_pt2e import (
    convert_pt2e,
    prepare_pt2e,
)
from torchao.quantization.pt2e.quantizer.x86_inductor_quantizer import (
    X86InductorQuantizer,
    get_default_x86_inductor_quantization_config,
)

quantizer = X86InductorQuantizer()
quantizer.set_global(get_default_x86_inductor_quantization_config())

dynamic_batch = {0: torch.export.Dim("batch", min=2, max=4096)}
exported = torch.export.export(
    fp32, (train_x[:8],), dynamic_shapes=(dynamic_batch,)
)
prepared = prepare_pt2e(exported.module(), quantizer)
with torch.inference_mode():
    for batch in train_x[:512].split(64):
        prepared(batch)  # calibration: observers see activations
static = convert_pt2e(prepared)
sqnr_static = report("int8 static", static)
# --8<-- [end:static]


# --8<-- [start:drop]
read = {node.target for node in static.graph.nodes
        if node.op == "get_attr"}
for name, _ in list(static.named_parameters()):
    if name not in read:
        owner, _, leaf = name.rpartition(".")
        delattr(static.get_submodule(owner), leaf)
        print("dropped", name)
sqnr_dropped = report("int8 static", static)
# --8<-- [end:drop]


# --8<-- [start:reload]
torch.save(dynamic.state_dict(), "digits-int8.pt")

restored = make_mlp().eval()
restored.load_state_dict(
    torch.load("digits-int8.pt", weights_only=True), assign=True
)
with torch.inference_mode():
    print("same logits:", torch.equal(restored(test_x), dynamic(test_x)))
# --8<-- [end:reload]
