"""The forms of deployment and the contract that they share."""
# --8<-- [start:train]
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn


def preprocess(counts: torch.Tensor) -> torch.Tensor:
    """Scale pixel counts (uint8, 0 to 16) to float32 from 0 to 1."""
    return counts.float() / 16


images, labels = load_digits(return_X_y=True)
parts = train_test_split(images, labels, test_size=360, random_state=0)
train_raw, test_raw = (torch.tensor(part).byte() for part in parts[:2])
train_labels, test_labels = (torch.tensor(part) for part in parts[2:])

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for _ in range(150):
    optimizer.zero_grad()
    logits = model(preprocess(train_raw))
    nn.functional.cross_entropy(logits, train_labels).backward()
    optimizer.step()
model.eval()
# --8<-- [end:train]

# --8<-- [start:pack]
import json
from pathlib import Path

from contract import ArtifactError, load, sha256
from safetensors.torch import save_file

folder = Path("digits")
folder.mkdir()
batch = torch.export.Dim("batch", min=1, max=64)
program = torch.export.export(
    model, (torch.zeros(8, 64),), dynamic_shapes=({0: batch},)
)
torch.export.save(program, folder / "model.pt2")

raw = test_raw[:8]
with torch.inference_mode():
    golden = {"raw": raw, "logits": model(preprocess(raw))}
save_file(golden, folder / "golden.safetensors")

manifest = {
    "name": "digits",
    "version": "1.0.0",
    "files": {
        name: sha256(folder / name)
        for name in ("model.pt2", "golden.safetensors")
    },
    "signature": {
        "dtype": "torch.float32",
        "features": [64],
        "largest_batch": 64,
        "classes": [str(digit) for digit in range(10)],
    },
    "preprocessing": "uint8 counts 0..16, divided by 16",
    "torch": [torch.__version__.split("+")[0]],
    "tolerance": 1e-4,
}
text = json.dumps(manifest, indent=2)
(folder / "manifest.json").write_text(text)
approved = sha256(folder / "manifest.json")
print(len(approved), sorted(path.name for path in folder.iterdir()))
# --8<-- [end:pack]

# --8<-- [start:use]
artifact = load(folder, approved, preprocess)

one_by_one = [
    artifact.predict(preprocess(image[None])).argmax(-1)
    for image in test_raw
]
largest = artifact.manifest["signature"]["largest_batch"]
in_batches = [
    artifact.predict(preprocess(images)).argmax(-1)
    for images in test_raw.split(largest)
]
online, offline = torch.cat(one_by_one), torch.cat(in_batches)
print(torch.equal(online, offline))
print((offline == test_labels).float().mean().item() > 0.95)
# --8<-- [end:use]

# --8<-- [start:copy]
import shutil


def copy(name: str) -> Path:
    """Return a fresh copy of the artifact to do harm to."""
    return Path(shutil.copytree(folder, name))


# --8<-- [end:copy]

try:
    # --8<-- [start:byte]
    changed = copy("changed")
    content = bytearray((changed / "model.pt2").read_bytes())
    content[len(content) // 2] ^= 1
    (changed / "model.pt2").write_bytes(content)

    load(changed, approved, preprocess)
    # --8<-- [end:byte]
except ArtifactError as error:
    print(error)

try:
    # --8<-- [start:missing]
    partial = copy("partial")
    (partial / "golden.safetensors").unlink()

    load(partial, approved, preprocess)
    # --8<-- [end:missing]
except ArtifactError as error:
    print(error)

try:
    # --8<-- [start:loosened]
    loosened = copy("loosened")
    (loosened / "manifest.json").write_text(
        json.dumps(manifest | {"tolerance": 1e9}, indent=2)
    )

    load(loosened, approved, preprocess)
    # --8<-- [end:loosened]
except ArtifactError as error:
    print(error)

try:
    # --8<-- [start:version]
    elsewhere = copy("elsewhere")
    (elsewhere / "manifest.json").write_text(
        json.dumps(manifest | {"torch": ["2.10.0"]}, indent=2)
    )

    load(elsewhere, sha256(elsewhere / "manifest.json"), preprocess)
    # --8<-- [end:version]
except ArtifactError as error:
    print(error)

try:
    # --8<-- [start:skew]
    def as_photo(counts: torch.Tensor) -> torch.Tensor:
        """Scale as if the pixels went from 0 to 255: wrong here."""
        return counts.float() / 255

    load(folder, approved, as_photo)
    # --8<-- [end:skew]
except ArtifactError as error:
    print(error)

try:
    # --8<-- [start:dtype]
    artifact.predict(test_raw[:1])
    # --8<-- [end:dtype]
except ArtifactError as error:
    print(error)

# --8<-- [start:shapes]
for wrong in (
    torch.zeros(4, 63),
    torch.zeros(65, 64),
    torch.zeros(0, 64),
    torch.full((1, 64), torch.nan),
):
    try:
        artifact.predict(wrong)
    except ArtifactError as error:
        print(error)
# --8<-- [end:shapes]
