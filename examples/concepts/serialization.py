"""Save weights that cannot run code."""
# --8<-- [start:model]
import os
from pathlib import Path

import torch
from torch import Tensor, nn


class Classifier(nn.Module):
    """Maps 4 measurements, shape (N, 4), to 3 logits, shape (N, 3)."""

    def __init__(self, hidden: int = 8) -> None:
        super().__init__()
        self.hidden = nn.Linear(4, hidden)
        self.norm = nn.BatchNorm1d(hidden)
        self.output = nn.Linear(hidden, 3)

    def forward(self, batch: Tensor) -> Tensor:
        return self.output(self.norm(self.hidden(batch)).relu())


torch.manual_seed(0)
model = Classifier().eval()
for name, tensor in model.state_dict().items():
    print(f"{name:26}{tuple(tensor.shape)}")
# --8<-- [end:model]

# --8<-- [start:roundtrip]
torch.save(model.state_dict(), "weights.pt")

restored = Classifier().eval()
print(restored.load_state_dict(torch.load("weights.pt")))

batch = torch.randn(5, 4)
print("same logits:", torch.equal(restored(batch), model(batch)))
# --8<-- [end:roundtrip]

try:
    # --8<-- [start:attack]
    class Payload:
        """Pickles as an instruction to call os.system."""

        def __reduce__(self) -> tuple:
            return os.system, ("echo payload ran > marker.txt",)


    torch.save({**model.state_dict(), "note": Payload()}, "stranger.pt")

    torch.load("stranger.pt")
    # --8<-- [end:attack]
except Exception as error:
    print(error)

# --8<-- [start:marker]
marker = Path("marker.txt")
ran = {"default": marker.exists()}

loaded = torch.load("stranger.pt", weights_only=False)
ran["note"] = marker.exists()
try:
    Classifier().load_state_dict(loaded)
except RuntimeError as error:
    complaint = str(error).splitlines()[-1].strip()

marker.unlink()
weights = model.state_dict()
weights._metadata["note"] = Payload()  # beside the layers' versions
torch.save(weights, "quiet.pt")
quiet = torch.load("quiet.pt", weights_only=False)
ran["metadata"] = marker.exists()
keys = Classifier().load_state_dict(quiet)

for where, yes in ran.items():
    print(f"{where:9}", "the command ran" if yes else "nothing ran")
print("a note in the dict:    ", complaint)
print("a note in the metadata:", keys)
# --8<-- [end:marker]

try:
    # --8<-- [start:exec]
    class Script:
        """Pickles as an instruction to call the builtin exec."""

        def __reduce__(self) -> tuple:
            return exec, ("open('second.txt', 'w').close()",)


    torch.save({"note": Script()}, "polite.pt")

    torch.load("polite.pt")
    # --8<-- [end:exec]
except Exception as error:
    print(error)

# --8<-- [start:allowlist]
from torch.serialization import (
    get_unsafe_globals_in_checkpoint,
    safe_globals,
)

for file in ["weights.pt", "stranger.pt", "polite.pt"]:
    print(f"{file:13}{get_unsafe_globals_in_checkpoint(file)}")

print("before the allowlist:", Path("second.txt").exists())
with safe_globals([exec]):  # what the message offers: never do this
    torch.load("polite.pt")
print("after the allowlist: ", Path("second.txt").exists())
# --8<-- [end:allowlist]

try:
    # --8<-- [start:whole]
    torch.save(model, "model.pt")

    torch.load("model.pt")
    # --8<-- [end:whole]
except Exception as error:
    print(error)

# --8<-- [start:names]
needed = get_unsafe_globals_in_checkpoint("model.pt")
print(*sorted(needed), sep="\n")

with safe_globals([Classifier, nn.Linear, nn.BatchNorm1d]):
    trusted = torch.load("model.pt")
print("same logits:", torch.equal(trusted(batch), model(batch)))
# --8<-- [end:names]

# --8<-- [start:safetensors]
from safetensors import safe_open
from safetensors.torch import load_file, save_file

save_file(
    model.state_dict(),
    "weights.safetensors",
    metadata={"hidden": "8"},
)
weights = load_file("weights.safetensors")
identical = [
    torch.equal(weights[name], tensor)
    and weights[name].dtype == tensor.dtype
    for name, tensor in model.state_dict().items()
]
print(f"{sum(identical)} of {len(identical)} tensors bit for bit")

with safe_open("weights.safetensors", framework="pt") as file:
    print(file.metadata())
    print(file.get_slice("output.weight").get_shape())
# --8<-- [end:safetensors]

try:
    # --8<-- [start:plain]
    save_file({**model.state_dict(), "note": Payload()}, "note.safetensors")
    # --8<-- [end:plain]
except Exception as error:
    print(type(error), error)

try:
    # --8<-- [start:garbage]
    Path("garbage.safetensors").write_text("<!DOCTYPE html><title>404")

    load_file("garbage.safetensors")
    # --8<-- [end:garbage]
except Exception as error:
    print(error)

try:
    # --8<-- [start:tied]
    class LanguageModel(nn.Module):
        """Next-token logits; input and output share one matrix."""

        def __init__(self, tokens: int = 50, width: int = 8) -> None:
            super().__init__()
            self.embed = nn.Embedding(tokens, width)
            self.head = nn.Linear(width, tokens, bias=False)
            self.head.weight = self.embed.weight

        def forward(self, tokens: Tensor) -> Tensor:
            return self.head(self.embed(tokens))


    language_model = LanguageModel()

    save_file(language_model.state_dict(), "tied.safetensors")
    # --8<-- [end:tied]
except Exception as error:
    print(error)

# --8<-- [start:savemodel]
from safetensors.torch import load_model, save_model

save_model(language_model, "tied.safetensors")
print("in the file:", list(load_file("tied.safetensors")))

copy = LanguageModel()
load_model(copy, "tied.safetensors")
print("still tied: ", copy.head.weight is copy.embed.weight)
tokens = torch.arange(50)
same = torch.equal(copy(tokens), language_model(tokens))
print("same logits:", same)
# --8<-- [end:savemodel]

# --8<-- [start:version]
print("unpickler patched:", torch.__version__ >= (2, 10))
# --8<-- [end:version]
