import torch

package = torch._inductor.aoti_load_package("conv.pt2")
for size in (1, 4, 64, 65):
    try:
        with torch.inference_mode():
            package(torch.rand(size, 3, 8, 8))
        print(f"batch of {size}: accepted")
    except RuntimeError as error:
        print(f"batch of {size}: {str(error).strip()}")
