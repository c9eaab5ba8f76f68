"""No ONNX function found for an operator."""
# --8<-- [start:model]
import torch


@torch.library.custom_op("shop::half_up", mutates_args=())
def half_up(prices: torch.Tensor) -> torch.Tensor:
    return torch.floor(prices + 0.5)


@half_up.register_fake
def _(prices: torch.Tensor) -> torch.Tensor:
    return torch.empty_like(prices)


class Prices(torch.nn.Module):
    def forward(self, prices: torch.Tensor) -> torch.Tensor:
        return half_up(prices) * 2


model = Prices().eval()
prices = torch.tensor([[1.4, 2.5, 3.6]])
# --8<-- [end:model]
try:
    # --8<-- [start:fails]
    torch.onnx.export(model, (prices,), "prices.onnx", verbose=False)
    # --8<-- [end:fails]
except Exception as error:
    print(type(error), error)

# --8<-- [start:list]
from collections import Counter

program = torch.export.export(model, (prices,)).run_decompositions()
operators = Counter(
    str(node.target)
    for node in program.graph.nodes
    if node.op == "call_function"
)
print(operators)
# --8<-- [end:list]

# --8<-- [start:table]
import onnxruntime
from onnxscript import opset18 as op


def half_up_onnx(prices):
    """The same arithmetic in ONNX operators."""
    return op.Floor(op.Add(prices, op.Constant(value_float=0.5)))


torch.onnx.export(
    model,
    (prices,),
    "prices.onnx",
    custom_translation_table={
        torch.ops.shop.half_up.default: half_up_onnx
    },
    external_data=False,
    verbose=False,
)
session = onnxruntime.InferenceSession("prices.onnx")
[outputs] = session.run(None, {"prices": prices.numpy()})
print(outputs.tolist(), model(prices).tolist())
# --8<-- [end:table]

# --8<-- [start:rewrite]
class Plain(torch.nn.Module):
    """Rounds half up with operators that ONNX has."""

    def forward(self, prices: torch.Tensor) -> torch.Tensor:
        return torch.floor(prices + 0.5) * 2


torch.onnx.export(
    Plain().eval(),
    (prices,),
    "plain.onnx",
    external_data=False,
    verbose=False,
)
session = onnxruntime.InferenceSession("plain.onnx")
[outputs] = session.run(None, {"prices": prices.numpy()})
print(outputs.tolist())
# --8<-- [end:rewrite]
