# --8<-- [start:package]
import torch
from torch import nn
from torch.export import Dim, export

torch.manual_seed(0)
model = nn.Conv2d(3, 8, kernel_size=3, padding=1).eval()


def compile_package(example: int, path: str, **config: bool) -> str:
    """Compile for 1 to 64 images, with so many of them as the example."""
    program = export(
        model,
        (torch.rand(example, 3, 8, 8),),
        dynamic_shapes={"input": {0: Dim("batch", min=1, max=64)}},
    )
    return torch._inductor.aoti_compile_and_package(
        program, package_path=path, inductor_configs=config
    )


# --8<-- [end:package]
# --8<-- [start:compile]
import logging
from logging.handlers import BufferingHandler

log = BufferingHandler(capacity=100_000)
shapes = logging.getLogger("torch.fx.experimental.symbolic_shapes")
shapes.addHandler(log)
shapes.setLevel(logging.DEBUG)
path = compile_package(4, "conv.pt2")
shapes.setLevel(logging.NOTSET)
shapes.removeHandler(log)

messages = [record.getMessage() for record in log.buffer]
guards = [text for text in messages if "[guard added]" in text]
for guard in guards:
    print(guard.split(", for more info")[0])
# --8<-- [end:compile]
# --8<-- [start:probe]
import os

os.environ["AOTI_RUNTIME_CHECK_INPUTS"] = "1"


def probe(path: str) -> dict[int, float]:
    """Return how far each accepted batch is from eager; print refusals."""
    package = torch._inductor.aoti_load_package(path)
    errors: dict[int, float] = {}
    for size in (1, 15, 16, 64, 65):
        images = torch.rand(size, 3, 8, 8)
        try:
            with torch.inference_mode():
                apart = package(images) - model(images)
            errors[size] = apart.abs().max().item()
        except RuntimeError as error:
            print(f"batch of {size}: {str(error).strip()}")
    print("accepted:", *errors)
    return errors


narrow = probe(path)
# --8<-- [end:probe]
# --8<-- [start:fixed]
wider = {"aot_inductor.check_lowerbound": False}
whole = probe(compile_package(16, "wider.pt2", **wider))
# --8<-- [end:fixed]
