# --8<-- [start:lower]
import torch
from executorch.backends.xnnpack.partition.xnnpack_partitioner import (
    XnnpackPartitioner,
)
from executorch.exir import to_edge_transform_and_lower
from executorch.runtime import Runtime
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(
    nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3)
).eval()
x = torch.randn(1, 4)

lowered = to_edge_transform_and_lower(
    torch.export.export(model, (x,)), partitioner=[XnnpackPartitioner()]
)
lowered.to_executorch().save("model.pte")

method = Runtime.get().load_program("model.pte").load_method("forward")
(logits,) = method.execute([x])
print("same answers:", torch.allclose(logits, model(x), atol=1e-5))

left = [
    node
    for node in lowered.exported_program().graph.nodes
    if node.op == "call_function" and "aten" in str(node.target)
]
print("operators left to slow kernels:", len(left))
# --8<-- [end:lower]
