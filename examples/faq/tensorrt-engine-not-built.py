# --8<-- [start:model]
import onnx
import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(100, 16)
        self.score = nn.Linear(16, 5)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        scores = self.score(self.embed(ids)) * mask.unsqueeze(-1)
        return scores.topk(3, dim=-1).values


rows = torch.export.Dim("batch", min=1, max=32)
tokens = torch.export.Dim("tokens", min=2, max=128)
axes = {0: rows, 1: tokens}
torch.onnx.export(
    Tagger().eval(),
    (torch.ones(2, 8, dtype=torch.int64), torch.ones(2, 8)),
    "tagger.onnx", input_names=["ids", "mask"], output_names=["best"],
    dynamic_shapes=(axes, axes), external_data=False, verbose=False,
)
model = onnx.load("tagger.onnx")
# --8<-- [end:model]

# --8<-- [start:profile]
SIZES = {  # smallest, usual and largest size of each named axis
    "batch": (1, 8, 32),
    "tokens": (2, 32, 128),
}


def shapes(which: int) -> str:
    """The inputs' shapes, as trtexec takes them."""
    parts = []
    for value in model.graph.input:
        dims = value.type.tensor_type.shape.dim
        sizes = [
            SIZES[d.dim_param][which] if d.dim_param else d.dim_value
            for d in dims
        ]
        parts.append(value.name + ":" + "x".join(map(str, sizes)))
    return ",".join(parts)


print("trtexec --onnx=tagger.onnx --saveEngine=tagger.plan")
for which, name in enumerate(["min", "opt", "max"]):
    print(f"    --{name}Shapes={shapes(which)}")
# --8<-- [end:profile]

# --8<-- [start:find]
def around(first: str, last: str) -> list[str]:
    """What TensorRT fused: from the first name to the last one."""
    nodes = list(model.graph.node)
    names = [node.name for node in nodes]
    part = nodes[names.index(first) : names.index(last) + 1]
    return [node.op_type for node in part]


start, end = model.graph.node[0].name, model.graph.node[-1].name
message = f"ForeignNode[{start}...{end}]"
first, last = message.split("[")[1].rstrip("]").split("...")
print(around(first, last))
# --8<-- [end:find]

# --8<-- [start:cut]
from onnx.utils import extract_model

kinds = [node.op_type for node in model.graph.node]
middle = list(model.graph.node[kinds.index("Mul")].output)
extract_model("tagger.onnx", "first.onnx", ["ids", "mask"], middle)
extract_model("tagger.onnx", "rest.onnx", middle, ["best"])
for file in ("first.onnx", "rest.onnx"):
    part = onnx.load(file)
    print(file, sorted({node.op_type for node in part.graph.node}))
# --8<-- [end:cut]
