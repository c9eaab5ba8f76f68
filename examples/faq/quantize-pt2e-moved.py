try:
    # --8<-- [start:fails]
    from torch.ao.quantization.quantize_pt2e import prepare_pt2e
    # --8<-- [end:fails]
except ModuleNotFoundError as error:
    print(error)


# --8<-- [start:fix]
import torch
from torchao.quantization.pt2e.quantize_pt2e import (
    convert_pt2e,
    prepare_pt2e,
)
from torchao.quantization.pt2e.quantizer.x86_inductor_quantizer import (
    X86InductorQuantizer,
    get_default_x86_inductor_quantization_config,
)

torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(16, 4)).eval()
batch = torch.randn(8, 16)

quantizer = X86InductorQuantizer()
quantizer.set_global(get_default_x86_inductor_quantization_config())
program = torch.export.export(model, (batch,)).module()
prepared = prepare_pt2e(program, quantizer)
with torch.inference_mode():
    prepared(batch)  # calibrate with real inputs
    quantized = convert_pt2e(prepared)
    noise = (quantized(batch) - model(batch)).norm()
    print("exact:", noise.item() == 0)
    print("noise under 2 %:", bool(noise < 0.02 * model(batch).norm()))
# --8<-- [end:fix]
