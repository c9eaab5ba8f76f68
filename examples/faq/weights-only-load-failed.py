"""UnpicklingError: Weights only load failed."""
# --8<-- [start:save]
import numpy as np
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(4, 3)
accuracy = np.mean([True, True, True, False])

torch.save(
    {"weights": model.state_dict(), "accuracy": accuracy},
    "trained.pt",
)
# --8<-- [end:save]

try:
    # --8<-- [start:load]
    torch.load("trained.pt")
    # --8<-- [end:load]
except Exception as error:
    print(error)

# --8<-- [start:inspect]
from torch.serialization import (
    get_unsafe_globals_in_checkpoint,
    safe_globals,
)

for name in sorted(get_unsafe_globals_in_checkpoint("trained.pt")):
    print(name)
# --8<-- [end:inspect]

# --8<-- [start:plain]
torch.save(
    {"weights": model.state_dict(), "accuracy": float(accuracy)},
    "plain.pt",
)
print(get_unsafe_globals_in_checkpoint("plain.pt"))
print("accuracy:", torch.load("plain.pt")["accuracy"])
# --8<-- [end:plain]

# --8<-- [start:old]
scalar = accuracy.__reduce__()[0]  # NumPy keeps it in a private module
with safe_globals([scalar, np.dtype, type(np.dtype(np.float64))]):
    old = torch.load("trained.pt")
print("accuracy:", float(old["accuracy"]))
same = torch.equal(old["weights"]["weight"], model.weight)
print("same weights:", same)
# --8<-- [end:old]
