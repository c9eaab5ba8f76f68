# --8<-- [start:program]
import torch
from torch import nn
from torch.export import Dim, export
from torch.export.passes import move_to_device_pass

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 10))
rows = torch.rand(8, 64)
batch = Dim("batch", min=1, max=32)
program = export(model.eval(), (rows,), dynamic_shapes=({0: batch},))
torch.export.save(program, "model.pt2")
expected = program.module()(rows).detach()
print(expected.shape)
# --8<-- [end:program]
# --8<-- [start:compiled]
from torch._inductor import aoti_compile_and_package, aoti_load_package

on_gpu = move_to_device_pass(torch.export.load("model.pt2"), "cuda")
package = aoti_compile_and_package(on_gpu, package_path="model-cuda.pt2")
compiled = aoti_load_package(package)
got = compiled(rows.cuda()).cpu()
print("agrees:", bool((got - expected).abs().max() < 1e-2))
# --8<-- [end:compiled]
# --8<-- [start:tensorrt]
import torch_tensorrt

sizes = torch_tensorrt.Input(
    min_shape=(1, 64), opt_shape=(8, 64), max_shape=(32, 64)
)
engine = torch_tensorrt.dynamo.compile(
    move_to_device_pass(torch.export.load("model.pt2"), "cuda"),
    arg_inputs=[sizes],
)
got = engine(rows.cuda()).cpu()
print("agrees:", bool((got - expected).abs().max() < 1e-2))
torch_tensorrt.save(engine, "model-trt.ep", arg_inputs=[rows.cuda()])
# --8<-- [end:tensorrt]
# --8<-- [start:share]
def workers_that_fit(
    memory: float, context: float, stored: float, row: float, rows: int
) -> int:
    """Processes on one GPU, each with its own context and weights."""
    return int(0.9 * memory // (context + stored + row * rows))


for rows_each in (1, 8, 32):
    count = workers_that_fit(
        24e9, context=0.5e9, stored=3e9, row=60e6, rows=rows_each
    )
    print(f"batch {rows_each}: {count} workers")
# --8<-- [end:share]
