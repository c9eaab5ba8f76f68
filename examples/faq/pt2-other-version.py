"""Will a .pt2 file load in another version of PyTorch?"""
# --8<-- [start:versions]
import json
import zipfile

import torch

model = torch.nn.Linear(4, 2).eval()
program = torch.export.export(model, (torch.zeros(2, 4),))
torch.export.save(program, "model.pt2")


def written_by(file: str) -> tuple[str, tuple[int, int]]:
    """Return a .pt2 file's PyTorch version and schema version."""
    with zipfile.ZipFile(file) as archive:
        (name,) = [n for n in archive.namelist() if "/models/" in n]
        graph = json.loads(archive.read(name))
    schema = graph["schema_version"]
    return graph["torch_version"], (schema["major"], schema["minor"])


release, schema = written_by("model.pt2")
print(release.split("+")[0], schema)
# --8<-- [end:versions]

# --8<-- [start:future]
with (
    zipfile.ZipFile("model.pt2") as old,
    zipfile.ZipFile("future.pt2", "w") as new,
):
    for name in old.namelist():
        content = old.read(name)
        if "/models/" in name:
            graph = json.loads(content)
            graph["schema_version"]["major"] += 1
            content = json.dumps(graph).encode()
        new.writestr(name, content)
print(written_by("future.pt2")[1])
# --8<-- [end:future]

try:
    # --8<-- [start:fail]
    torch.export.load("future.pt2")
    # --8<-- [end:fail]
except Exception as error:
    print(type(error), error)

# --8<-- [start:fix]
def build(weights: str) -> torch.export.ExportedProgram:
    """Export the model again, from its code and its weights."""
    fresh = torch.nn.Linear(4, 2).eval()
    fresh.load_state_dict(torch.load(weights, weights_only=True))
    return torch.export.export(fresh, (torch.zeros(2, 4),))


torch.save(model.state_dict(), "weights.pt")
torch.export.save(build("weights.pt"), "rebuilt.pt2")

rebuilt = torch.export.load("rebuilt.pt2").module()
print(written_by("rebuilt.pt2") == written_by("model.pt2"))
print(torch.equal(rebuilt(torch.ones(2, 4)), model(torch.ones(2, 4))))
# --8<-- [end:fix]
