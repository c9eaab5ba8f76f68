# --8<-- [start:reproduce]
import zipfile

import torch
from fickling.analysis import check_safety
from fickling.fickle import Pickled
from torch import nn

model = nn.Linear(4, 2)
torch.save(model.state_dict(), "weights.pt")
with zipfile.ZipFile("weights.pt") as archive:
    pickled = Pickled.load(archive.read("weights/data.pkl"))

print(check_safety(pickled).severity.name)
# --8<-- [end:reproduce]

# --8<-- [start:names]
print(*sorted(
    f"{statement.module}.{name.name}"
    for statement in pickled.non_standard_imports()
    for name in statement.names
), sep="\n")  # fmt: skip
# --8<-- [end:names]

# --8<-- [start:fix]
from torch.serialization import get_unsafe_globals_in_checkpoint

print("unknown to torch:", get_unsafe_globals_in_checkpoint("weights.pt"))
# --8<-- [end:fix]

# --8<-- [start:convert]
from safetensors.torch import load_file, save_file

save_file(torch.load("weights.pt"), "weights.safetensors")
print("tensors:", sorted(load_file("weights.safetensors")))
# --8<-- [end:convert]
