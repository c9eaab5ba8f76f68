# --8<-- [start:compile]
import torch
from torch import Tensor, nn


def make_model(seed: int) -> nn.Sequential:
    """Return the model as one training left it."""
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(64, 32), nn.ReLU(),
                         nn.Linear(32, 4)).eval()


monday, tuesday = make_model(1), make_model(2)
batch = torch.rand(3, 64)
program = torch.export.export(monday, (batch,))
torch._inductor.aoti_compile_and_package(
    program, package_path="model.pt2",
    inductor_configs={"always_keep_tensor_constants": True})

package = torch._inductor.aoti_load_package("model.pt2")
print(sorted(package.get_constant_fqns()))
# --8<-- [end:compile]


# --8<-- [start:swap]
def load_weights(package, weights: dict[str, Tensor],
                 like: dict[str, Tensor]) -> None:
    """Replace all weights of a package, after a check.

    `like` is the state_dict of the model that was compiled. Raises
    ValueError where a name, a shape, a dtype or a layout differs.
    """
    names = set(package.get_constant_fqns())
    if names != weights.keys():
        raise ValueError(f"names differ: {sorted(names ^ weights.keys())}")
    for name, new in weights.items():
        old = like[name]
        if (new.shape, new.dtype) != (old.shape, old.dtype):
            raise ValueError(f"{name}: {list(new.shape)} {new.dtype}")
        if new.stride() != old.stride():
            raise ValueError(f"{name}: not contiguous")
    package.load_constants(weights, check_full_update=True)


def difference(model: nn.Module) -> float:
    return (package(batch) - model(batch)).abs().max().item()


print("same as Monday: ", difference(monday) < 1e-5)
load_weights(package, tuesday.state_dict(), monday.state_dict())
print("same as Tuesday:", difference(tuesday) < 1e-5)
# --8<-- [end:swap]


# --8<-- [start:silent]
mixed = tuesday.state_dict()
mixed["0.weight"] = mixed["0.weight"].half()
package.load_constants(mixed, check_full_update=True)
print("same as Tuesday:", difference(tuesday) < 1e-2)
# --8<-- [end:silent]


try:
    # --8<-- [start:guard]
    load_weights(package, mixed, monday.state_dict())
    # --8<-- [end:guard]
except ValueError as error:
    print(error)


try:
    # --8<-- [start:name]
    renamed = tuesday.state_dict()
    renamed["2.gain"] = renamed.pop("2.bias")
    package.load_constants(renamed, check_full_update=True)
    # --8<-- [end:name]
except RuntimeError as error:
    print(error)


# --8<-- [start:inline]
from torch._inductor.graph import GraphLowering

for name, weight in monday.state_dict().items():
    inlined = GraphLowering.can_inline_constant(weight)
    print(f"{name:9}{list(weight.shape)!s:9} becomes code: {inlined}")
# --8<-- [end:inline]
