"""Ask the GRU for two rows, in a process that may die of it."""

import torch
from executorch.runtime import Runtime

loaded = Runtime.get().load_program("rows.pte").load_method("forward")
print(loaded.execute([torch.zeros(2, 3, 8)])[0].shape)
