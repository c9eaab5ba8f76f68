from pathlib import Path

import torch
from executorch.runtime import Method, Runtime


def load(data: bytes) -> Method | None:
    return Runtime.get().load_program(data).load_method("forward")


forward = load(Path("model.pte").read_bytes())
others = [bytes(4_000 + n) for n in range(40_000)]  # what a program does
print(forward.execute([torch.zeros(1, 64)])[0].shape)
