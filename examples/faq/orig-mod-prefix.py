"""Unexpected key(s) in state_dict: "_orig_mod...."."""
# --8<-- [start:save]
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
compiled = torch.compile(model)
torch.save(compiled.state_dict(), "compiled.pt")
# --8<-- [end:save]

# --8<-- [start:fresh]
fresh = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
# --8<-- [end:fresh]
try:
    # --8<-- [start:load]
    fresh.load_state_dict(torch.load("compiled.pt"))
    # --8<-- [end:load]
except RuntimeError as error:
    print(error)

# --8<-- [start:why]
print(type(compiled).__name__)
print([name for name, child in compiled.named_children()])
print("same module inside:", compiled._orig_mod is model)
# --8<-- [end:why]

# --8<-- [start:strip]
from torch.nn.modules.utils import (
    consume_prefix_in_state_dict_if_present,
)

weights = torch.load("compiled.pt")
consume_prefix_in_state_dict_if_present(weights, "_orig_mod.")
print(fresh.load_state_dict(weights))

batch = torch.randn(5, 4)
print("same logits:", torch.equal(fresh(batch), model(batch)))
# --8<-- [end:strip]

# --8<-- [start:prevent]
print("the module you wrapped:", list(model.state_dict())[0])

fresh.compile()
print("compiled in place:     ", list(fresh.state_dict())[0])
# --8<-- [end:prevent]

# --8<-- [start:nested]
fresh[0] = torch.compile(fresh[0])
print(list(fresh.state_dict()))
clean = {
    name.replace("_orig_mod.", ""): tensor
    for name, tensor in fresh.state_dict().items()
}
print(model.load_state_dict(clean))
# --8<-- [end:nested]
