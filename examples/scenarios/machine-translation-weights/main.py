# --8<-- [start:load]
from pathlib import Path

from weights import check, load

folder = Path("weights")
model, subwords, manifest = load(folder)
print(manifest["command"], "| seed", manifest["seed"])
count = sum(tensor.numel() for tensor in model.parameters())
print(f"{count / 1e6:.1f} million parameters")
for path in sorted(folder.iterdir()):
    print(f"{path.stat().st_size / 1e6:.1f} MB {path.name}")
# --8<-- [end:load]

# --8<-- [start:changed]
import shutil

shutil.copytree(folder, "changed")
with Path("changed/model.safetensors").open("r+b") as opened:
    opened.seek(5_000_000)
    opened.write(b"\x00\x01")
# --8<-- [end:changed]

try:
    # --8<-- [start:refused]
    check(Path("changed"))
    # --8<-- [end:refused]
except ValueError as error:
    print(error)
