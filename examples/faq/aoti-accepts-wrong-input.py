"""AOTInductor accepts a wrong input and answers wrongly."""
# --8<-- [start:compile]
import torch


class Scale(torch.nn.Module):
    """Bring pixel counts from 0..16 to 0..1."""

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return pixels / 16


pixels = torch.tensor([[0.0, 4.0, 8.0], [12.0, 16.0, 2.0]])
batch = torch.export.Dim("batch", min=1, max=64)
program = torch.export.export(Scale(), (pixels,), dynamic_shapes=({0: batch},))
torch._inductor.aoti_compile_and_package(
    program,
    package_path="scale.pt2",
    inductor_configs={"aot_inductor.check_lowerbound": False},
)
# --8<-- [end:compile]

# --8<-- [start:reproduce]
compiled = torch._inductor.aoti_load_package("scale.pt2")
print(compiled(pixels))
print(compiled(pixels.double()))
print(compiled(pixels.T.contiguous().T))
# --8<-- [end:reproduce]

# --8<-- [start:ask]
import os

os.environ["AOTI_RUNTIME_CHECK_INPUTS"] = "1"
checked = torch._inductor.aoti_load_package("scale.pt2")
inputs = {
    "as exported": pixels,
    "batch 1": pixels[:1],
    "batch 65": torch.zeros(65, 3),
    "float64": pixels.double(),
    "transposed": pixels.T.contiguous().T,
}
for checks, package in {"off": compiled, "on": checked}.items():
    print("checks", checks)
    for name, given in inputs.items():
        try:
            package(given)
            print(f" {name:12} accepted")
        except RuntimeError as error:
            print(f" {name:12} {str(error).strip()}")
# --8<-- [end:ask]


# --8<-- [start:schema]
def scale(pixels: torch.Tensor) -> torch.Tensor:
    """Scale (batch, 3) float32 counts; batch from 1 to 64.

    Raises:
        ValueError: another dtype or shape.
    """
    rows, *features = pixels.shape
    if pixels.dtype != torch.float32 or features != [3]:
        raise ValueError(f"want float32 (n, 3), got {pixels.dtype}")
    if not 1 <= rows <= 64:
        raise ValueError(f"want 1 to 64 rows, got {rows}")
    return compiled(pixels.contiguous())


print(torch.equal(scale(pixels.T.contiguous().T), pixels / 16))
# --8<-- [end:schema]

try:
    # --8<-- [start:refuse]
    scale(pixels.double())
    # --8<-- [end:refuse]
except ValueError as error:
    print(error)
