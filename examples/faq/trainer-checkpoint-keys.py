# --8<-- [start:train]
import torch
from torch import nn


class Net(nn.Module):
    """The network, as it is served."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(4, width), nn.ReLU(),
                                    nn.Linear(width, 2))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers(x)


class Training(nn.Module):
    """A LightningModule in its place: the network, and what training adds."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.model = Net(width)
        self.loss = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 3.0]))


torch.manual_seed(0)
training = Training(width=8)
torch.save(
    {
        "epoch": 9,
        "global_step": 1200,
        "pytorch-lightning_version": "2.6.0",
        "state_dict": training.state_dict(),
        "optimizer_states": [],
        "lr_schedulers": [],
        "hyper_parameters": {"width": 8},
    },
    "last.ckpt",
)
# --8<-- [end:train]


try:
    # --8<-- [start:fails]
    net = Net(width=8)
    net.load_state_dict(torch.load("last.ckpt"))
    # --8<-- [end:fails]
except RuntimeError as error:
    print(error)


try:
    # --8<-- [start:other]
    torch.save(net.state_dict(), "weights.pt")
    net.load_state_dict(torch.load("weights.pt")["state_dict"])
    # --8<-- [end:other]
except KeyError as error:
    print(error)


# --8<-- [start:look]
from collections import Counter


def tell(file: str) -> dict:
    """Load a checkpoint, and say what is in it."""
    content = torch.load(file, map_location="cpu")
    tensors = sum(isinstance(v, torch.Tensor) for v in content.values())
    if tensors == len(content):
        print(f"{file}: weights, {tensors} tensors")
        return content
    for key, value in content.items():
        if isinstance(value, dict) and all(
            isinstance(v, torch.Tensor) for v in value.values()
        ):
            first = Counter(name.split(".")[0] for name in value)
            print(f"{file}: weights under {key!r}, begin {dict(first)}")
        else:
            print(f"{file}: {key} is no weights")
    return content
# --8<-- [end:look]


# --8<-- [start:told]
tell("weights.pt")
checkpoint = tell("last.ckpt")
# --8<-- [end:told]


# --8<-- [start:fix]
def weights_of(state: dict, prefix: str) -> dict:
    """Take what the training module keeps under the prefix."""
    return {name.removeprefix(prefix): value
            for name, value in state.items() if name.startswith(prefix)}


weights = weights_of(checkpoint["state_dict"], "model.")
left_out = [n for n in checkpoint["state_dict"] if not n.startswith("model.")]
print("left out:", left_out)

net = Net(**checkpoint["hyper_parameters"]).eval()
print(net.load_state_dict(weights))

x = torch.ones(1, 4)
print("same:", torch.equal(net(x), training.model(x)))
# --8<-- [end:fix]


# --8<-- [start:release]
torch.save({"width": 8, "weights": weights}, "release.pt")

release = torch.load("release.pt")
net = Net(release["width"]).eval()
print(net.load_state_dict(release["weights"]))
# --8<-- [end:release]


# --8<-- [start:loader]
def load_from_checkpoint(cls: type, file: str, **given: object) -> nn.Module:
    """The principle of Lightning's method: build by what was saved."""
    content = torch.load(file)
    arguments = content.get("hyper_parameters", {}) | given
    model = cls(**arguments)
    model.load_state_dict(content["state_dict"])
    return model


torch.save({"state_dict": training.state_dict()}, "bare.ckpt")
# --8<-- [end:loader]


try:
    # --8<-- [start:missing]
    load_from_checkpoint(Training, "bare.ckpt")
    # --8<-- [end:missing]
except TypeError as error:
    print(error)


# --8<-- [start:given]
load_from_checkpoint(Training, "bare.ckpt", width=8)
load_from_checkpoint(Training, "last.ckpt")
print("both loaded")
# --8<-- [end:given]
