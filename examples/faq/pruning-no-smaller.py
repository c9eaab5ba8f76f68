# --8<-- [start:reproduce]
import io

import torch
from torch import nn
from torch.nn.utils import prune
from torch.utils.flop_counter import FlopCounterMode

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 10))


def report(name: str, model: nn.Module) -> None:
    """Print the bytes of a checkpoint and the work of one image."""
    file = io.BytesIO()
    torch.save(model.state_dict(), file)
    with FlopCounterMode(display=False) as counter:
        model(torch.zeros(1, 64))
    print(f"{name:15} {file.tell():7,} bytes,",
          f"{counter.get_total_flops():,} FLOP")


report("dense", model)
prune.l1_unstructured(model[0], "weight", amount=0.9)
prune.l1_unstructured(model[2], "weight", amount=0.9)
report("90% pruned", model)

prune.remove(model[0], "weight")
prune.remove(model[2], "weight")
zeros = (model[0].weight == 0).float().mean()
report("after remove()", model)
print(f"zeros: {zeros:.0%}")
# --8<-- [end:reproduce]

# --8<-- [start:fix]
torch.manual_seed(0)
wide = nn.Sequential(nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 10))

strength = wide[0].weight.detach().norm(dim=1)
keep = strength.topk(26).indices.sort().values  # a tenth of the neurons
narrow = nn.Sequential(nn.Linear(64, 26), nn.ReLU(), nn.Linear(26, 10))
narrow.load_state_dict({
    "0.weight": wide[0].weight[keep],
    "0.bias": wide[0].bias[keep],
    "2.weight": wide[2].weight[:, keep],
    "2.bias": wide[2].bias,
})
report("26 neurons", narrow)
# --8<-- [end:fix]

# --8<-- [start:same]
batch = torch.randn(8, 64)
with torch.inference_mode():
    chosen = torch.zeros(256).index_fill(0, keep, 1.0)
    masked = wide[2](chosen * wide[1](wide[0](batch)))
    same = torch.allclose(narrow(batch), masked, atol=1e-5)
print("as if the other neurons were silent:", same)
# --8<-- [end:same]
