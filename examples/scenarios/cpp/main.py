"""Train the digits model, compile it for C++, and write a question."""

import torch

from digits import load, train

LARGEST = 512

torch.set_num_threads(1)  # this model is too small to share
images, digits, held_out, answers = load()
model = train(images, digits)
batch = torch.export.Dim("batch", min=1, max=LARGEST)
program = torch.export.export(
    model, (held_out[:2],), dynamic_shapes=({0: batch},)
)
torch._inductor.aoti_compile_and_package(
    program,
    package_path="digits.pt2",
    inductor_configs={"aot_inductor.metadata": {"rows": str(LARGEST)}},
)
held_out.numpy().tofile("images.bin")
model(held_out).numpy().tofile("expected.bin")
package = torch._inductor.aoti_load_package("digits.pt2")
package(held_out).numpy().tofile("package.bin")
right = (model(held_out).argmax(1) == answers).float().mean().item()
print(f"eager PyTorch: {right:.2f} of {len(held_out)} held-out digits")
