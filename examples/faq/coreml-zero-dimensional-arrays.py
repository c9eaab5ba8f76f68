"""Core ML: only 0-dimensional arrays can be converted to Python scalars"""
# --8<-- [start:model]
import coremltools as ct
import torch
from torch import Tensor, nn


class Tokens(nn.Module):
    """Patches of an image to tokens, as attention layers do."""

    def forward(self, image: Tensor) -> Tensor:
        batch, channels, height, width = image.shape
        return image.reshape(batch, channels, height * width)


model, image = Tokens().eval(), torch.rand(1, 3, 4, 4)
traced = torch.jit.trace(model, image)
# --8<-- [end:model]

try:
    # --8<-- [start:fails]
    inputs = [ct.TensorType(name="image", shape=image.shape)]
    ct.convert(traced, inputs=inputs)
    # --8<-- [end:fails]
except TypeError as error:
    print(error)

# --8<-- [start:numpy]
import numpy as np

size = np.array([16])
print(size.item(), int(size[0]))
# --8<-- [end:numpy]

try:
    # --8<-- [start:int]
    int(size)
    # --8<-- [end:int]
except TypeError as error:
    print(error)

# --8<-- [start:export]
program = torch.export.export(model, (image,)).run_decompositions({})
converted = ct.convert(program)
print(converted.get_spec().WhichOneof("Type"))
# --8<-- [end:export]


# --8<-- [start:flatten]
class Flat(nn.Module):
    def forward(self, image: Tensor) -> Tensor:
        return image.flatten(2)


traced = torch.jit.trace(Flat().eval(), image)
converted = ct.convert(traced, inputs=inputs)
print(converted.get_spec().WhichOneof("Type"))
print("same:", torch.equal(Flat()(image), model(image)))
# --8<-- [end:flatten]
