"""dynamic_shapes has another structure than the inputs."""
# --8<-- [start:model]
import torch
from torch import Tensor, nn
from torch.export import Dim, export


class Blend(nn.Module):
    """Two images, a mask and a number."""

    def forward(
        self, images: list[Tensor], mask: Tensor, share: float = 0.5
    ) -> Tensor:
        return mask * (share * images[0] + (1 - share) * images[1])


model = Blend().eval()
image = torch.rand(2, 8)
args = ([image, image.clone()], torch.ones(2, 8))
rows = {0: Dim.DYNAMIC}
# --8<-- [end:model]
try:
    # --8<-- [start:names]
    export(model, args, dynamic_shapes={"mask": rows})
    # --8<-- [end:names]
except Exception as error:
    print(error)
try:
    # --8<-- [start:structure]
    export(model, args, dynamic_shapes=(rows, rows))
    # --8<-- [end:structure]
except Exception as error:
    print(error)
try:
    # --8<-- [start:onnx]
    torch.onnx.export(
        nn.Linear(8, 2).eval(),
        (image,),
        "linear.onnx",
        input_names=["pixels"],
        dynamic_shapes={"pixels": {0: "batch"}},
        verbose=False,
    )
    # --8<-- [end:onnx]
except Exception as error:
    print(error)

# --8<-- [start:look]
import inspect

from torch.utils._pytree import tree_map

bound = inspect.signature(model.forward).bind(*args)
print(tree_map(lambda leaf: tuple(leaf.shape), dict(bound.arguments)))
# --8<-- [end:look]

# --8<-- [start:fix]
program = export(
    model,
    args,
    dynamic_shapes={"images": [rows, rows], "mask": rows},
)
other = torch.rand(5, 8)
print(program.module()([other, other], torch.ones(5, 8)).shape)
# --8<-- [end:fix]

# --8<-- [start:additional]
more = torch.export.AdditionalInputs()
more.add(([torch.rand(5, 8), torch.rand(5, 8)], torch.ones(5, 8)))
program = export(model, args, dynamic_shapes=more)
print(program.module()([other, other], torch.ones(5, 8)).shape)
# --8<-- [end:additional]


# --8<-- [start:star]
class Sum(nn.Module):
    def forward(self, *parts: Tensor) -> Tensor:
        return parts[0] + parts[1]


program = export(
    Sum(),
    (image, image.clone()),
    dynamic_shapes={"parts": (rows, rows)},
)
print(program.module()(other, other).shape)
# --8<-- [end:star]
