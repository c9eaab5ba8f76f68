"""AttributeError: 'GELU' object has no attribute 'approximate'"""
# --8<-- [start:old]
import torch
from torch import nn

model = nn.Sequential(nn.Linear(4, 8), nn.GELU(), nn.Linear(8, 2)).eval()
del model[1].approximate  # torch 1.11 did not know it
torch.save(model, "old.pt")
# --8<-- [end:old]

try:
    # --8<-- [start:fails]
    loaded = torch.load("old.pt", weights_only=False)
    loaded(torch.ones(1, 4))
    # --8<-- [end:fails]
except AttributeError as error:
    print(error)

# --8<-- [start:rescue]
def build() -> nn.Module:
    """The architecture, as this version of torch builds it."""
    return nn.Sequential(nn.Linear(4, 8), nn.GELU(), nn.Linear(8, 2))


weights = torch.load("old.pt", weights_only=False).state_dict()
torch.save(weights, "weights.pt")
# --8<-- [end:rescue]

# --8<-- [start:fix]
model = build()
model.load_state_dict(torch.load("weights.pt"))
print(tuple(model.eval()(torch.ones(1, 4)).shape))
# --8<-- [end:fix]

# --8<-- [start:fill]
def fill_in(old: nn.Module, new: nn.Module) -> list[str]:
    """Give old what a new module of its class has, and say what."""
    added = []
    fresh = dict(new.named_modules())
    for name, module in old.named_modules():
        for key, value in vars(fresh[name]).items():
            if key not in vars(module):
                setattr(module, key, value)
                added.append(f"{name}.{key} = {value!r}")
    return added


old = torch.load("old.pt", weights_only=False)
print(fill_in(old, build()))
batch = torch.ones(1, 4)
print("difference:", (old(batch) - model(batch)).abs().max().item())
# --8<-- [end:fill]


# --8<-- [start:race]
import threading


class Conv(nn.Module):
    """A layer as detectors have it: its norm is folded in at first use."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 1, 1)
        self.bn = nn.BatchNorm2d(1)
        self.both_here = threading.Barrier(2)

    def fuse(self) -> None:
        """Fold bn into conv, and take it away."""
        if hasattr(self, "bn"):
            self.both_here.wait(10)  # here: so that it happens each time
            self.conv = nn.utils.fuse_conv_bn_eval(self.conv, self.bn)
            del self.bn


layer = Conv().eval()
errors = []


def request() -> None:
    """The first prediction of a thread."""
    try:
        layer.fuse()
    except AttributeError as error:
        errors.append(str(error))


threads = [threading.Thread(target=request) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(errors)
# --8<-- [end:race]
