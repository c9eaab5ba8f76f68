from pathlib import Path

import torch
from executorch.runtime import Runtime

runtime = Runtime.get()
from_path = runtime.load_program("model.pte").load_method("forward")

program = runtime.load_program(Path("model.pte").read_bytes())  # keep it
from_bytes = program.load_method("forward")

others = [bytes(4_000 + n) for n in range(40_000)]
for forward in (from_path, from_bytes):
    print(forward.execute([torch.zeros(1, 64)])[0].shape)
