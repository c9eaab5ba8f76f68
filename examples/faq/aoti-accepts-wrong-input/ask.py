"""Ask the package with right and wrong inputs."""

import torch

compiled = torch._inductor.aoti_load_package("scale.pt2")
pixels = torch.zeros(2, 3)
for name, given in {
    "as exported": pixels,
    "batch 1": pixels[:1],
    "batch 65": torch.zeros(65, 3),
    "float64": pixels.double(),
    "transposed": pixels.T.contiguous().T,
}.items():
    try:
        compiled(given)
        print(f"{name:12} accepted")
    except RuntimeError as error:
        print(f"{name:12} {str(error).strip()}")
