import torch
from executorch.backends.xnnpack.partition.xnnpack_partitioner import (
    XnnpackPartitioner,
)
from executorch.exir import to_edge_transform_and_lower
from executorch.runtime import Runtime

data = torch.load("sample.pt")
program = torch.export.load("model.pt2")
lowered = to_edge_transform_and_lower(
    program, partitioner=[XnnpackPartitioner()]
)
lowered.to_executorch().save("model.pte")

method = Runtime.get().load_program("model.pte").load_method("forward")
(logits,) = method.execute([data["sample"]])
print(torch.allclose(logits, data["expected"], atol=1e-5))
