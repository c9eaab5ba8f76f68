import torch

package = torch._inductor.aoti_load_package("stem.pt2")
images = torch.rand(64, 3, 8, 8)
samples = {
    "batch of 4": images[:4],
    "channels-last": images.to(memory_format=torch.channels_last)[:4],
    "float64": images[:4].double(),
    "batch of 1": images[:1],
    "batch of 64": images,
}
for name, image in samples.items():
    try:
        with torch.inference_mode():
            package(image)
        print(f"{name}: accepted")
    except RuntimeError as error:
        reason = str(error).strip().split(": ", 1)[1]
        print(f"{name}: {reason}")
