# --8<-- [start:package]
import torch
from torch import nn
from torch.export import Dim, export

model = nn.Conv2d(3, 8, kernel_size=3, padding=1).eval()
program = export(
    model,
    (torch.rand(4, 3, 8, 8),),
    dynamic_shapes={"input": {0: Dim("batch", min=1, max=64)}},
)
path = torch._inductor.aoti_compile_and_package(
    program, package_path="conv.pt2"
)
# --8<-- [end:package]
# --8<-- [start:probe]
import os

os.environ["AOTI_RUNTIME_CHECK_INPUTS"] = "1"


def probe(path: str) -> None:
    """Print what a package says to batches within the range and beyond."""
    package = torch._inductor.aoti_load_package(path)
    for size in (1, 4, 64, 65):
        try:
            with torch.inference_mode():
                package(torch.rand(size, 3, 8, 8))
            print(f"batch of {size}: accepted")
        except RuntimeError as error:
            print(f"batch of {size}: {str(error).strip()}")


probe(path)
# --8<-- [end:probe]
# --8<-- [start:fixed]
wider = export(
    model,
    (torch.rand(64, 3, 8, 8),),
    dynamic_shapes={"input": {0: Dim("batch", min=1, max=64)}},
)
path = torch._inductor.aoti_compile_and_package(
    wider,
    package_path="wider.pt2",
    inductor_configs={"aot_inductor.check_lowerbound": False},
)
probe(path)
# --8<-- [end:fixed]
