# --8<-- [start:model]
from pathlib import Path

import torch
from executorch.backends.xnnpack.partition.xnnpack_partitioner import (
    XnnpackPartitioner,
)
from executorch.exir import to_edge_transform_and_lower
from executorch.runtime import Method, Runtime

torch.manual_seed(0)
model = torch.nn.Sequential(
    torch.nn.Conv2d(1, 4, 3, padding=1),
    torch.nn.ReLU(),
    torch.nn.Flatten(),
    torch.nn.Linear(256, 10),
)
model.eval().requires_grad_(False)


def method(example: torch.Tensor, largest: int) -> Method | None:
    """Lower the model for 1 to `largest` rows, and load it from a file."""
    shapes = ({0: torch.export.Dim("batch", min=1, max=largest)},)
    program = torch.export.export(model, (example,), dynamic_shapes=shapes)
    edge = to_edge_transform_and_lower(
        program, partitioner=[XnnpackPartitioner()]
    )
    file = Path(f"{len(example)}-rows.pte")
    file.write_bytes(edge.to_executorch().buffer)
    return Runtime.get().load_program(file).load_method("forward")


images = torch.rand(64, 1, 8, 8)
small = method(images[:4], largest=64)
print(small.execute([images[:4]])[0].shape)
# --8<-- [end:model]
try:
    # --8<-- [start:reproduce]
    small.execute([images])
    # --8<-- [end:reproduce]
except RuntimeError as error:
    print(error)
# --8<-- [start:see]
lowered = {4: small}
lowered |= {rows: method(images[:rows], largest=64) for rows in (15, 16)}
planned = {
    rows: loaded.metadata.input_tensor_meta(0).sizes()[0]
    for rows, loaded in lowered.items()
}
print(planned)
# --8<-- [end:see]
# --8<-- [start:fix]
large = lowered[16]
errors = {}
for rows in (1, 15, 16, 64):
    got = large.execute([images[:rows]])[0]
    errors[rows] = (got - model(images[:rows])).abs().max().item()
print("rows equal to eager:", *(r for r in errors if errors[r] < 1e-5))
# --8<-- [end:fix]
# --8<-- [start:numbers]
good = Path("16-rows.pte").read_bytes()
Path("page.pte").write_text("<!doctype html>" * 20)
Path("cut.pte").write_bytes(good[: len(good) // 2])
for name in ("no-such-file.pte", "page.pte", "cut.pte"):
    try:
        Runtime.get().load_program(Path(name))
    except RuntimeError as error:
        print(error)
for wrong in (images[:4].double(), images[0]):
    try:
        large.execute([wrong])
    except RuntimeError as error:
        print(error)
# --8<-- [end:numbers]
