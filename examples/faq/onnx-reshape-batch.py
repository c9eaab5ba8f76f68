"""Reshape fails in ONNX Runtime for another batch than the example's."""
# --8<-- [start:export]
import onnxruntime
import torch
from torch import nn

torch.manual_seed(0)
attention = nn.MultiheadAttention(32, 4).eval()


class SelfAttention(nn.Module):
    """Attention over (length, batch, features)."""

    def __init__(self) -> None:
        super().__init__()
        self.attention = attention

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        return self.attention(tokens, tokens, tokens)[0]


model = SelfAttention().eval()
example = torch.randn(6, 2, 32)
torch.onnx.export(
    model,
    (example,),
    "old.onnx",
    input_names=["tokens"],
    dynamic_axes={"tokens": {0: "length", 1: "batch"}},
    dynamo=False,
)
# --8<-- [end:export]
# --8<-- [start:example]
session = onnxruntime.InferenceSession("old.onnx")
[outputs] = session.run(None, {"tokens": example.numpy()})
print(outputs.shape)
# --8<-- [end:example]
try:
    # --8<-- [start:fails]
    other = torch.randn(9, 3, 32)
    session.run(None, {"tokens": other.numpy()})
    # --8<-- [end:fails]
except Exception as error:
    print(error)

# --8<-- [start:why]
import onnx

graph = onnx.load("old.onnx").graph
made_by = {name: node for node in graph.node for name in node.output}
for node in graph.node:
    shape = made_by.get(node.input[1]) if len(node.input) > 1 else None
    if node.op_type == "Reshape" and shape.op_type == "Concat":
        sizes = [made_by[size] for size in shape.input]
        frozen = [
            onnx.numpy_helper.to_array(size.attribute[0].t).tolist()
            for size in sizes
            if size.op_type == "Constant"
        ]
        print(node.name, "constants in its shape:", frozen)
# --8<-- [end:why]

# --8<-- [start:fix]
torch.onnx.export(
    model,
    (example,),
    "new.onnx",
    input_names=["tokens"],
    dynamic_shapes={"tokens": {0: "length", 1: "batch"}},
    external_data=False,
    verbose=False,
)
session = onnxruntime.InferenceSession("new.onnx")
for tokens in (example, other, torch.randn(4, 1, 32)):
    [outputs] = session.run(None, {"tokens": tokens.numpy()})
    with torch.inference_mode():
        error = (torch.from_numpy(outputs) - model(tokens)).abs().max()
    print(tuple(tokens.shape), f"error below 1e-5: {error < 1e-5}")
# --8<-- [end:fix]
