# --8<-- [start:net]
import torch
from torch import nn

model = nn.Sequential(
    nn.Linear(10, 50), nn.ReLU(), nn.Linear(50, 10)
).eval()
# --8<-- [end:net]
# --8<-- [start:save]
scripted = torch.jit.script(model)
torch.save(scripted.state_dict(), "deployed.pt")
# --8<-- [end:save]
try:
    # --8<-- [start:load]
    deployed = torch.jit.load("deployed.pt")
    # --8<-- [end:load]
except RuntimeError as error:
    print(error)
# --8<-- [start:contents]
contents = torch.load("deployed.pt")
print(type(contents).__name__)
for name, tensor in contents.items():
    print(name, tuple(tensor.shape))
# --8<-- [end:contents]
# --8<-- [start:weights]
rebuilt = nn.Sequential(
    nn.Linear(10, 50), nn.ReLU(), nn.Linear(50, 10)
).eval()
rebuilt.load_state_dict(contents)

features = torch.randn(4, 10)
with torch.inference_mode():
    print("same:", torch.equal(rebuilt(features), model(features)))
# --8<-- [end:weights]
# --8<-- [start:program]
batch = torch.export.Dim("batch", min=1, max=256)
program = torch.export.export(
    rebuilt, (torch.zeros(2, 10),), dynamic_shapes=({0: batch},)
)
torch.export.save(program, "deployed.pt2")

reloaded = torch.export.load("deployed.pt2").module()
with torch.inference_mode():
    same = torch.allclose(
        reloaded(features), model(features), atol=1e-5
    )
print("same:", same)
# --8<-- [end:program]
try:
    # --8<-- [start:other]
    torch.jit.load("deployed.pt2")
    # --8<-- [end:other]
except RuntimeError as error:
    print(error)
# --8<-- [start:torchscript]
traced = torch.jit.trace(model, torch.zeros(2, 10))
torch.jit.save(traced, "traced.pt")
with torch.inference_mode():
    same = torch.equal(torch.jit.load("traced.pt")(features), model(features))
print("same:", same)
# --8<-- [end:torchscript]
# --8<-- [start:kind]
from pathlib import Path
from zipfile import ZipFile, is_zipfile


def kind_of(path: Path) -> str:
    """What a model file holds and how to load it."""
    if not is_zipfile(path):
        return "not a zip archive"
    with ZipFile(path) as archive:
        names = {name.partition("/")[2] for name in archive.namelist()}
    if "constants.pkl" in names:
        return "TorchScript program: torch.jit.load"
    if any(name.startswith("data/aotinductor/") for name in names):
        return "AOTInductor package: torch._inductor.aoti_load_package"
    if "archive_format" in names:
        return "exported program: torch.export.load"
    if "data.pkl" in names:
        return "pickled tensors: torch.load"
    return "another kind of zip archive"


Path("weights.safetensors").write_bytes(bytes(8))
ZipFile("photos.zip", "w").close()
for path in sorted(Path().glob("*.*")):
    print(f"{path.name:20}{kind_of(path)}")
# --8<-- [end:kind]
