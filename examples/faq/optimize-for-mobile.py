# --8<-- [start:net]
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(
    nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4)
).eval()
features = torch.randn(4, 8)
# --8<-- [end:net]

try:
    # --8<-- [start:fails]
    from torch.utils.mobile_optimizer import optimize_for_mobile

    optimize_for_mobile(torch.jit.script(model))
    # --8<-- [end:fails]
except RuntimeError as error:
    print(error)

# --8<-- [start:lower]
from executorch.backends.xnnpack.partition.xnnpack_partitioner import (
    XnnpackPartitioner,
)
from executorch.exir import to_edge_transform_and_lower
from executorch.runtime import Runtime

program = torch.export.export(model, (features,))
lowered = to_edge_transform_and_lower(
    program, partitioner=[XnnpackPartitioner()]
)
lowered.to_executorch().save("model.pte")

method = Runtime.get().load_program("model.pte").load_method("forward")
(logits,) = method.execute([features])
print("same:", torch.allclose(logits, model(features), atol=1e-5))
# --8<-- [end:lower]
