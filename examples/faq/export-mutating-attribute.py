# --8<-- [start:model]
import torch
from torch import Tensor, nn
from torch.export import Dim, export


def centers(height: int, width: int) -> Tensor:
    """Centers of the cells of a feature map, (height * width, 2)."""
    rows, columns = torch.meshgrid(
        torch.arange(height) + 0.5, torch.arange(width) + 0.5, indexing="ij"
    )
    return torch.stack([columns, rows], -1).reshape(-1, 2)


class Detector(nn.Module):
    """Keeps its anchors until an image of another size comes."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Conv2d(3, 2, 4, stride=4)
        self.size = None
        self.anchors = torch.empty(0)

    def forward(self, image: Tensor) -> Tensor:
        offsets = self.head(image)
        if self.size != image.shape[2:]:
            self.size = image.shape[2:]
            self.anchors = centers(*offsets.shape[2:])
        return self.anchors + offsets.flatten(2).mT


image = torch.rand(1, 3, 64, 96)
# --8<-- [end:model]

# --8<-- [start:modes]
import warnings

for strict in (True, False):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        program = export(Detector().eval(), (image,), strict=strict)
    print(f"strict={strict}, constants: {list(program.constants)}")
    for text in {str(warning.message) for warning in caught}:
        if "side effects" in text or "assigned during" in text:
            print(" ", text.split(". ")[0])
# --8<-- [end:modes]


# --8<-- [start:full]
class Strides(nn.Module):
    """Multiplies each of four boxes by a stride that is a tensor."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("stride", torch.tensor(8.0))

    def forward(self, boxes: Tensor) -> Tensor:
        return boxes * torch.full((4, 1), self.stride)


boxes = torch.ones(4, 4)
program = export(Strides(), (boxes,), strict=True)
print(program.module()(boxes)[0])
# --8<-- [end:full]

# --8<-- [start:called]
called = Detector().eval()
called(image)  # to try it out
program = export(called, (image,))
print("constants:", list(program.constants))
# --8<-- [end:called]

try:
    # --8<-- [start:called-dynamic]
    sizes = {"image": {2: Dim.DYNAMIC, 3: Dim.DYNAMIC}}
    export(called, (image,), dynamic_shapes=sizes)
    # --8<-- [end:called-dynamic]
except torch._dynamo.exc.UserError as error:
    print(error)


# --8<-- [start:fixed]
class Stateless(nn.Module):
    """Computes its anchors in each call, and keeps nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Conv2d(3, 2, 4, stride=4)

    def forward(self, image: Tensor) -> Tensor:
        offsets = self.head(image)
        anchors = centers(*offsets.shape[2:])
        return anchors + offsets.flatten(2).mT


model = Stateless().eval()
model(image)
program = export(model, (image,), dynamic_shapes=sizes)
for size in ((64, 96), (32, 128)):
    print(program.module()(torch.rand(1, 3, *size)).shape)
# --8<-- [end:fixed]
# --8<-- [start:frozen]
class InPlace(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.dropout = nn.Dropout()
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.dropout(x.to(torch.float64))).mul_(2)


x = torch.tensor([-1.0, 1.0])
program = export(InPlace().eval(), (x,))
print(program.module()(x), x)
# --8<-- [end:frozen]
