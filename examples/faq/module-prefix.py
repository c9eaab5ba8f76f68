"""Unexpected key(s) in state_dict: "module...."."""
# --8<-- [start:save]
import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel


def build() -> nn.Sequential:
    """A classifier of 4 features into 3 classes."""
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))


dist.init_process_group(
    "gloo", store=dist.HashStore(), rank=0, world_size=1
)
torch.manual_seed(0)
model = build()
parallel = DistributedDataParallel(model)
torch.save(parallel.state_dict(), "parallel.pt")
dist.destroy_process_group()
# --8<-- [end:save]

try:
    # --8<-- [start:load]
    build().load_state_dict(torch.load("parallel.pt"))
    # --8<-- [end:load]
except RuntimeError as error:
    print(error)

# --8<-- [start:strip]
from torch.nn.modules.utils import (
    consume_prefix_in_state_dict_if_present,
)

weights = torch.load("parallel.pt")
consume_prefix_in_state_dict_if_present(weights, "module.")

served = build()
print(served.load_state_dict(weights))

batch = torch.randn(5, 4)
print("same logits:", torch.equal(served(batch), model(batch)))
# --8<-- [end:strip]

# --8<-- [start:prevent]
torch.save(parallel.module.state_dict(), "clean.pt")
print(build().load_state_dict(torch.load("clean.pt")))
# --8<-- [end:prevent]

# --8<-- [start:replace]
weights = {"module.head.weight": 1, "module.submodule.weight": 2}
print([name.replace("module.", "") for name in weights])

consume_prefix_in_state_dict_if_present(weights, "module.")
print(list(weights))
# --8<-- [end:replace]
