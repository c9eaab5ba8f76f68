# --8<-- [start:checkpoint]
import torch
from safetensors.torch import load_file, save_file
from torch import nn

checkpoint = {
    **nn.Linear(4, 2).state_dict(),
    "epoch": 3,
    "classes": ["cat", "dog"],
}
# --8<-- [end:checkpoint]

try:
    # --8<-- [start:fails]
    save_file(checkpoint, "model.safetensors")
    # --8<-- [end:fails]
except ValueError as error:
    print(error)

# --8<-- [start:fix]
import json

from safetensors import safe_open

tensors = {k: v for k, v in checkpoint.items() if torch.is_tensor(v)}
notes = {k: v for k, v in checkpoint.items() if k not in tensors}
save_file(
    tensors, "model.safetensors", metadata={"notes": json.dumps(notes)}
)

with safe_open("model.safetensors", framework="pt") as file:
    print(json.loads(file.metadata()["notes"]))
print(sorted(load_file("model.safetensors")))
# --8<-- [end:fix]


# --8<-- [start:none]
save_file(tensors, "bare.safetensors")
with safe_open("bare.safetensors", framework="pt") as file:
    metadata = file.metadata()
# --8<-- [end:none]


try:
    # --8<-- [start:none-fails]
    metadata.get("format") == "pt"
    # --8<-- [end:none-fails]
except AttributeError as error:
    print(error)


# --8<-- [start:format]
weights = load_file("bare.safetensors")
save_file(weights, "with-format.safetensors", metadata={"format": "pt"})
with safe_open("with-format.safetensors", framework="pt") as file:
    print(file.metadata())
    print(sorted(file.keys()))
# --8<-- [end:format]
