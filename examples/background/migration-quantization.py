# --8<-- [start:net]
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(
    nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10)
).eval()
batch = torch.randn(32, 64)
with torch.inference_mode():
    expected = model(batch)


@torch.inference_mode()
def sqnr(quantized: nn.Module) -> float:
    """Signal to quantization noise in dB: higher is closer."""
    noise = quantized(batch) - expected
    return 20 * torch.log10(expected.norm() / noise.norm()).item()
# --8<-- [end:net]


try:
    # --8<-- [start:dict-old]
    torch.quantization.quantize_dynamic(
        model, {nn.Linear: torch.nn.quantized.Linear}
    )
    # --8<-- [end:dict-old]
except AttributeError as error:
    print(error)

# --8<-- [start:dynamic-old]
dynamic = torch.ao.quantization.quantize_dynamic(
    model, {nn.Linear}, dtype=torch.qint8
)
print(dynamic[0])
print(sqnr(dynamic) > 30)
# --8<-- [end:dynamic-old]

try:
    # --8<-- [start:dynamic-export]
    torch.export.export(dynamic, (batch,))
    # --8<-- [end:dynamic-export]
except AttributeError as error:
    print(error)

# --8<-- [start:dynamic-new]
import copy

from torchao.quantization import (
    Int8DynamicActivationInt8WeightConfig,
    quantize_,
)

int8 = copy.deepcopy(model)
quantize_(int8, Int8DynamicActivationInt8WeightConfig())
print(type(int8[0].weight).__name__)
print(sqnr(int8) > 30)
# --8<-- [end:dynamic-new]

# --8<-- [start:tensor-old]
scaled = torch.quantize_per_tensor(batch, 0.1, 0, torch.qint8)
print(scaled.int_repr().dtype)
# --8<-- [end:tensor-old]

# --8<-- [start:tensor-new]
integers = (batch / 0.1).round().clamp(-128, 127).to(torch.int8)
print(torch.equal(integers, scaled.int_repr()))
# --8<-- [end:tensor-new]

# --8<-- [start:fx-old]
from torch.ao.quantization import get_default_qconfig_mapping
from torch.ao.quantization.quantize_fx import convert_fx, prepare_fx

prepared = prepare_fx(
    model, get_default_qconfig_mapping("x86"), (batch,)
)
prepared(batch)
static = convert_fx(prepared)
print(sqnr(static) > 20)
# --8<-- [end:fx-old]

try:
    # --8<-- [start:pt2e-old]
    from torch.ao.quantization.quantize_pt2e import prepare_pt2e
    # --8<-- [end:pt2e-old]
except ModuleNotFoundError as error:
    print(error)

# --8<-- [start:pt2e-new]
from torchao.quantization.pt2e import move_exported_model_to_eval
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
captured = torch.export.export(model, (batch,)).module()
observed = prepare_pt2e(captured, quantizer)
observed(batch)  # calibration: real data in real life
converted = move_exported_model_to_eval(convert_pt2e(observed))
print(sqnr(converted) > 20)
# --8<-- [end:pt2e-new]

try:
    # --8<-- [start:ao-function-old]
    from torchao.quantization import int8_weight_only
    # --8<-- [end:ao-function-old]
except ImportError as error:
    print(error)

try:
    # --8<-- [start:autoquant-old]
    import torchao

    torchao.autoquant(model)
    # --8<-- [end:autoquant-old]
except AttributeError as error:
    print(error)

# --8<-- [start:ao-function-new]
from torchao.quantization import Int8WeightOnlyConfig

weights_only = copy.deepcopy(model)
quantize_(weights_only, Int8WeightOnlyConfig())
print(sqnr(weights_only) > sqnr(int8))
# --8<-- [end:ao-function-new]
