import torch
from executorch.backends.xnnpack.partition.xnnpack_partitioner import (
    XnnpackPartitioner,
)
from executorch.exir import to_edge_transform_and_lower
from executorch.runtime import Runtime

program = torch.export.load("model.pt2")
lowered = to_edge_transform_and_lower(
    program, partitioner=[XnnpackPartitioner()]
)
lowered.to_executorch().save("model.pte")

features, expected = torch.load("sample.pt")
method = Runtime.get().load_program("model.pte").load_method("forward")
(logits,) = method.execute([features])
print("same:", torch.allclose(logits, expected, atol=1e-5))
