import io
import os
from pathlib import Path

import torch

data = Path("model.pt2").read_bytes()  # or the body of a download

model = torch._inductor.aoti_load_package(io.BytesIO(data))
print("file object:   ", tuple(model(torch.ones(1, 4)).shape))

# For C++: a file that exists in memory only. Linux has such files.
file = os.memfd_create("model.pt2")
with os.fdopen(file, "wb") as memory:
    memory.write(data)
    memory.flush()
    loader = torch._C._aoti.AOTIModelPackageLoader(
        f"/proc/self/fd/{file}", "model", False, 1, -1
    )
[outputs] = loader.run([torch.ones(1, 4)])
print("file in memory:", tuple(outputs.shape))
