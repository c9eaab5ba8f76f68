"""Could not run 'quantized::conv2d.new' with arguments from 'CPU'"""
# --8<-- [start:model]
import copy

import torch
from torch import nn
from torch.ao.quantization import convert, get_default_qconfig, prepare


class Block(nn.Module):
    """Two branches and their sum, as in a residual network."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.shortcut = nn.Conv2d(3, 8, 1)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return self.conv(image) + self.shortcut(image)


def quantize(model: nn.Module, images: torch.Tensor) -> nn.Module:
    """Static quantization in eager mode, calibrated with `images`."""
    model = copy.deepcopy(model).eval()
    model.qconfig = get_default_qconfig(torch.backends.quantized.engine)
    prepared = prepare(model)
    prepared(images)
    return convert(prepared)


torch.manual_seed(0)
block = Block().eval().requires_grad_(False)
images = torch.rand(4, 3, 8, 8)
# --8<-- [end:model]

try:
    # --8<-- [start:fails]
    quantize(block, images)(images)
    # --8<-- [end:fails]
except NotImplementedError as error:
    print(error)

try:
    # --8<-- [start:mirror]
    from torch.ao.quantization import QuantWrapper

    quantize(QuantWrapper(block), images)(images)
    # --8<-- [end:mirror]
except NotImplementedError as error:
    print(error)

# --8<-- [start:kernels]
for name in "quantized::conv2d.new", "aten::add.out", "aten::relu":
    known = [
        key
        for key in ("CPU", "QuantizedCPU")
        if torch._C._dispatch_has_kernel_for_dispatch_key(name, key)
    ]
    print(name, known)
# --8<-- [end:kernels]

# --8<-- [start:pt2e]
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
program = torch.export.export(block, (images,)).module()
prepared = prepare_pt2e(program, quantizer)
prepared(images)  # calibrate with real inputs
expected = block(images)
outputs = convert_pt2e(prepared)(images)
noise = (outputs - expected).norm() / expected.norm()
print(outputs.dtype, "noise under 2 %:", bool(noise < 0.02))
# --8<-- [end:pt2e]

# --8<-- [start:eager]
from torch.ao.nn.quantized import FloatFunctional
from torch.ao.quantization import DeQuantStub, QuantStub


class QuantizableBlock(Block):
    """The same block, with each border and each sum marked."""

    def __init__(self) -> None:
        super().__init__()
        self.quant, self.dequant = QuantStub(), DeQuantStub()
        self.sum = FloatFunctional()

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        image = self.quant(image)
        total = self.sum.add(self.conv(image), self.shortcut(image))
        return self.dequant(total)


marked = QuantizableBlock().eval().requires_grad_(False)
marked.load_state_dict(block.state_dict())
outputs = quantize(marked, images)(images)
noise = (outputs - expected).norm() / expected.norm()
print(outputs.dtype, "noise under 2 %:", bool(noise < 0.02))
# --8<-- [end:eager]
