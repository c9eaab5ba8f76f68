"""RuntimeError: Unknown builtin op: shop::half_up"""
# --8<-- [start:save]
import torch
from torch import Tensor, nn


class Round(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.ops.shop.half_up(x)


def register(library: torch.library.Library) -> None:
    """What importing a package of operators does."""
    library.define("half_up(Tensor x) -> Tensor")
    library.impl(
        "half_up", lambda x: torch.floor(x + 0.5), "CompositeExplicitAutograd"
    )


# Private: an operator that is gone after the block.
with torch.library._scoped_library("shop", "FRAGMENT") as library:
    register(library)
    torch.jit.trace(Round(), torch.ones(2)).save("model.pt")
# --8<-- [end:save]

try:
    # --8<-- [start:fails]
    torch.jit.load("model.pt")
    # --8<-- [end:fails]
except RuntimeError as error:
    print(error)

# --8<-- [start:list]
import re
import zipfile


def operators(path: str) -> set[str]:
    """The operators outside of aten that a TorchScript file calls."""
    with zipfile.ZipFile(path) as archive:
        code = "".join(
            archive.read(name).decode()
            for name in archive.namelist()
            if "/code/" in name and name.endswith(".py")
        )
    calls = re.findall(r"\bops\.(\w+)\.(\w+)\(", code)
    return {f"{space}::{name}" for space, name in calls if space != "aten"}


print(operators("model.pt"))
# --8<-- [end:list]

# --8<-- [start:fix]
library = torch.library.Library("shop", "FRAGMENT")
register(library)  # for torchvision::nms: import torchvision
print(torch.jit.load("model.pt")(torch.tensor([0.5, 1.4])).tolist())
# --8<-- [end:fix]
