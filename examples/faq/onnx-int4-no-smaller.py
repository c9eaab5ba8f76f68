# --8<-- [start:reproduce]
import onnx
import torch
from onnxruntime.quantization.matmul_nbits_quantizer import (
    MatMulNBitsQuantizer,
)
from torch import Tensor, nn


def sizes(model: nn.Module, example: Tensor) -> str:
    """Return the operators, and the sizes in 32 and in 4 bits."""
    torch.onnx.export(model.eval(), (example,), "model.onnx",
                      external_data=False, verbose=False)
    before = onnx.load("model.onnx")
    names = [node.op_type for node in before.graph.node]
    size = before.ByteSize()
    quantizer = MatMulNBitsQuantizer(before, bits=4, block_size=32,
                                     is_symmetric=True)
    quantizer.process()
    share = quantizer.model.model.ByteSize() / size
    return f"{', '.join(names)}: {size / 1e6:.2f} MB, then {share:.0%} of it"


torch.manual_seed(0)
layer = nn.Linear(512, 512)
print(sizes(layer, torch.rand(2, 512)))
# --8<-- [end:reproduce]


# --8<-- [start:fix]
print(sizes(layer, torch.rand(1, 2, 512)))
# --8<-- [end:fix]


# --8<-- [start:rows]
class Rows(nn.Module):
    """Takes [batch, 512]; a third axis turns Gemm into MatMul."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, rows: Tensor) -> Tensor:
        return self.model(rows.unsqueeze(0)).squeeze(0)


print(sizes(Rows(layer), torch.rand(2, 512)))
# --8<-- [end:rows]
