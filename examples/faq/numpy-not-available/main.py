# --8<-- [start:ask]
from importlib.metadata import requires

required = [line for line in requires("torch") if "extra" not in line]
found = any(line.startswith("numpy") for line in required)
print("NumPy is a requirement of torch:", found)
# --8<-- [end:ask]

# --8<-- [start:without]
import torch

probabilities = torch.tensor([0.25, 0.75])
print(probabilities.tolist())
# --8<-- [end:without]
