# --8<-- [start:lowered]
from pathlib import Path

import torch
from executorch.backends.xnnpack.partition.xnnpack_partitioner import (
    XnnpackPartitioner,
)
from executorch.exir import to_edge_transform_and_lower

model = torch.nn.Sequential(torch.nn.Linear(64, 32), torch.nn.Linear(32, 10))
program = torch.export.export(model.eval(), (torch.zeros(1, 64),))
edge = to_edge_transform_and_lower(program, partitioner=[XnnpackPartitioner()])
Path("model.pte").write_bytes(edge.to_executorch().buffer)
# --8<-- [end:lowered]
# --8<-- [start:kept]
from executorch.runtime import Runtime

runtime = Runtime.get()
from_path = runtime.load_program("model.pte").load_method("forward")

program = runtime.load_program(Path("model.pte").read_bytes())  # keep it
from_bytes = program.load_method("forward")

others = [bytes(4_000 + n) for n in range(40_000)]
for forward in (from_path, from_bytes):
    print(forward.execute([torch.zeros(1, 64)])[0].shape)
# --8<-- [end:kept]
