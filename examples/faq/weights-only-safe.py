# --8<-- [start:payload]
from pathlib import Path

import torch


class Payload:
    def __reduce__(self) -> tuple:
        return exec, ("open('it-ran', 'w').close()",)


torch.save({"weight": torch.zeros(3), "bias": Payload()}, "theirs.pt")
# --8<-- [end:payload]

try:
    # --8<-- [start:refused]
    torch.load("theirs.pt", weights_only=True)
    # --8<-- [end:refused]
except Exception as error:
    print(error)

# --8<-- [start:runs]
torch.load("theirs.pt", weights_only=False)
print("ran:", Path("it-ran").exists())
# --8<-- [end:runs]

# --8<-- [start:fix]
import hashlib

from safetensors.torch import load_file, save_file
from torch import nn

save_file(nn.Linear(4, 3).state_dict(), "model.safetensors")
published = hashlib.sha256(Path("model.safetensors").read_bytes())

received = hashlib.sha256(Path("model.safetensors").read_bytes())
print("same file:", received.hexdigest() == published.hexdigest())
print("weights:", sorted(load_file("model.safetensors")))
# --8<-- [end:fix]
