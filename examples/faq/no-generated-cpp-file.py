"""Failed to find a generated cpp file or so file for model."""
# --8<-- [start:save]
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(4, 2).eval()
program = torch.export.export(model, (torch.zeros(2, 4),))
torch.export.save(program, "program.pt2")
# --8<-- [end:save]

try:
    # --8<-- [start:fails]
    torch._inductor.aoti_load_package("program.pt2")
    # --8<-- [end:fails]
except RuntimeError as error:
    print(error)

# --8<-- [start:kind]
from zipfile import ZipFile


def kind_of(path: str) -> str:
    """Which of the two kinds of .pt2 file this is."""
    with ZipFile(path) as archive:
        names = archive.namelist()
    if any("/data/aotinductor/" in name for name in names):
        return "AOTInductor package"
    if any("/models/" in name for name in names):
        return "exported program"
    return "neither"


print("program.pt2:", kind_of("program.pt2"))
# --8<-- [end:kind]

# --8<-- [start:load]
features = torch.randn(2, 4)
graph = torch.export.load("program.pt2").module()
with torch.inference_mode():
    error = (graph(features) - model(features)).abs().max().item()
print(f"program: largest error below 1e-5: {error < 1e-5}")
# --8<-- [end:load]

# --8<-- [start:compile]
torch._inductor.aoti_compile_and_package(
    torch.export.load("program.pt2"), package_path="compiled.pt2"
)
compiled = torch._inductor.aoti_load_package("compiled.pt2")
with torch.inference_mode():
    error = (compiled(features) - model(features)).abs().max().item()
print(f"compiled: largest error below 1e-5: {error < 1e-5}")
print("compiled.pt2:", kind_of("compiled.pt2"))
# --8<-- [end:compile]

try:
    # --8<-- [start:name]
    torch._inductor.package.load_package("compiled.pt2", "encoder")
    # --8<-- [end:name]
except RuntimeError as error:
    print(error)

try:
    # --8<-- [start:reverse]
    torch.export.load("compiled.pt2")
    # --8<-- [end:reverse]
except RuntimeError as error:
    print(error)
