"""Input type (torch.FloatTensor) and weight type (torch.cuda.FloatTensor)"""
# --8<-- [start:model]
import torch
from torch import Tensor, nn

model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU()).eval()
image = torch.zeros(1, 3, 32, 32, dtype=torch.float64)
# --8<-- [end:model]

try:
    # --8<-- [start:fails]
    model(image)
    # --8<-- [end:fails]
except RuntimeError as error:
    print(error)

# --8<-- [start:others]
cases = {
    "pixels": (model, image.to(torch.uint8)),
    "half model": (
        nn.Sequential(nn.Conv2d(3, 8, 3)).half().eval(),
        image.float(),
    ),
}
for name, (net, batch) in cases.items():
    try:
        net(batch)
    except RuntimeError as error:
        print(f"{name}: {error}")
# --8<-- [end:others]

# --8<-- [start:assign]
image.to(torch.float32)
print("after image.to(...):        ", image.dtype)
image = image.to(torch.float32)
print("after image = image.to(...):", image.dtype)
# --8<-- [end:assign]


# --8<-- [start:list]
class Hidden(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = [nn.Conv2d(3, 8, 3)]


class Registered(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Conv2d(3, 8, 3)])


for net in (Hidden(), Registered()):
    net.to("meta")  # stands for "cuda"
    where = net.layers[0].weight.device
    print(f"{type(net).__name__:10} after .to(): {where}")
# --8<-- [end:list]


# --8<-- [start:fix]
def to_model(model: nn.Module, batch: Tensor) -> Tensor:
    """The batch on the device and in the type of the model's weights."""
    weight = next(model.parameters())
    if not batch.is_floating_point():
        raise TypeError(f"scale {batch.dtype} to floats before this call")
    return batch.to(device=weight.device, dtype=weight.dtype)


for dtype in (torch.float64, torch.float32, torch.bfloat16):
    outputs = model(to_model(model, image.to(dtype)))
    print(f"{dtype!s:15} -> {outputs.dtype}, {tuple(outputs.shape)}")
# --8<-- [end:fix]
