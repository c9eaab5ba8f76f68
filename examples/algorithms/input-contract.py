# --8<-- [start:model]
import torch
from torch import nn
from torch.export import Dim, ExportedProgram, export


class Stem(nn.Module):
    """Images (N, 3, H, W) to four scores each."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, kernel_size=3, padding=1)
        self.head = nn.Linear(8, 4)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        features = torch.relu(self.conv(image)).mean((2, 3))
        return self.head(features)


torch.manual_seed(0)
model = Stem().eval()
batch = torch.rand(4, 3, 8, 8)
program = export(
    model,
    (torch.rand(16, 3, 8, 8),),
    dynamic_shapes={"image": {0: Dim("batch", min=1, max=64)}},
)
# --8<-- [end:model]

# --8<-- [start:inputs]
inputs = {
    "batch of 1": batch[:1],
    "batch of 64": torch.rand(64, 3, 8, 8),
    "channels-last": batch.to(memory_format=torch.channels_last),
    "slice with gaps": torch.rand(4, 3, 8, 16)[..., ::2],
    "batch of 65": torch.rand(65, 3, 8, 8),
    "1 channel": torch.rand(4, 1, 8, 8),
    "16 x 8 pixels": torch.rand(4, 3, 16, 8),
    "no batch axis": batch[0],
    "empty batch": batch[:0],
    "float64": batch.double(),
    "uint8": (batch * 255).to(torch.uint8),
    "a NaN": torch.full((4, 3, 8, 8), torch.nan),
}
# --8<-- [end:inputs]

# --8<-- [start:probe]
from collections.abc import Callable

Call = Callable[[torch.Tensor], torch.Tensor]


@torch.inference_mode()
def probe(call: Call, image: torch.Tensor) -> str:
    """One word for what an artifact does with an input."""
    try:
        scores = call(image)
    except Exception as error:
        return f"refused ({type(error).__name__})"
    truth = model(image.float())
    worst = (scores - truth).abs().max().item()
    return "right" if worst < 1e-4 else f"wrong by {worst:.2f}"


def report(call: Call) -> None:
    """Print a column of the matrix."""
    for name, image in inputs.items():
        print(f"{name:16} {probe(call, image)}")

# --8<-- [end:probe]

# --8<-- [start:aoti]
path = torch._inductor.aoti_compile_and_package(
    program,
    package_path="stem.pt2",
    inductor_configs={"aot_inductor.check_lowerbound": False},
)
package = torch._inductor.aoti_load_package(path)

for name in ("batch of 64", "channels-last", "slice with gaps"):
    print(f"{name:16} {probe(package, inputs[name])}")

with torch.inference_mode():
    largest = package(inputs["float64"]).abs().max().item()
print(f"{'float64':16} a score above a million: {largest > 1e6}")
# --8<-- [end:aoti]

# --8<-- [start:leak]
@torch.inference_mode()
def score_gray(neighbor: float) -> torch.Tensor:
    """Score gray images that lie in memory before other pixels."""
    staging = torch.full((4, 3, 8, 8), neighbor)
    gray = staging.view(-1)[: 4 * 1 * 8 * 8].view(4, 1, 8, 8)
    gray.fill_(0.5)
    return package(gray)


print("last image:", score_gray(neighbor=0.0)[-1])
print("last image:", score_gray(neighbor=7.0)[-1])
# --8<-- [end:leak]

# --8<-- [start:checked]
import os

os.environ["AOTI_RUNTIME_CHECK_INPUTS"] = "1"
checked = torch._inductor.aoti_load_package(path)
samples = {f"batch of {n}": torch.rand(n, 3, 8, 8)
           for n in (1, 15, 16, 64, 65)}
samples |= {name: inputs[name] for name in ("channels-last", "float64")}
errors: dict[str, float] = {}
for name, image in samples.items():
    try:
        with torch.inference_mode():
            apart = checked(image) - model(image)
        errors[name] = apart.abs().max().item()
    except RuntimeError as error:
        reason = str(error).strip().split(": ", 1)[1]
        print(f"{name}: {reason}")
print("accepted:", ", ".join(errors))
del os.environ["AOTI_RUNTIME_CHECK_INPUTS"]
# --8<-- [end:checked]

# --8<-- [start:loose]
class Double(nn.Module):
    """Twice the input plus one, without negative numbers."""

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        return torch.relu(rows * 2 + 1)


rows = torch.rand(4, 3)
loose = export(
    Double(), (rows,), dynamic_shapes=({0: Dim("batch", min=1, max=64)},)
).module()
unexpected = {
    "float64": rows.double(),
    "int64": rows.long(),
    "empty batch": rows[:0],
    "a NaN": torch.full((4, 3), torch.nan),
}
for name, value in unexpected.items():
    result = loose(value)
    print(f"{name:12} {str(result.dtype):14} {tuple(result.shape)}")
# --8<-- [end:loose]

# --8<-- [start:contract]
from dataclasses import dataclass


@dataclass(frozen=True)
class Contract:
    """What an exported program declares about its only input."""

    dtype: torch.dtype
    device: torch.device
    sizes: tuple[tuple[int, int], ...]  # smallest and largest

    @classmethod
    def read(cls, program: ExportedProgram) -> "Contract":
        """Read it off the program, before compiling the program.

        Raises:
            ValueError: there are several inputs, or a size depends on
                another one, which bounds for each axis cannot say.
        """
        (name,) = program.graph_signature.user_inputs
        nodes = {node.name: node for node in program.graph.nodes}
        value = nodes[name].meta["val"]
        sizes, symbols = [], []
        for size in value.shape:
            if isinstance(size, int):
                sizes.append((size, size))
            else:
                symbols.append(size.node.expr)
                bounds = program.range_constraints[symbols[-1]]
                sizes.append((int(bounds.lower), int(bounds.upper)))
        if len(set(symbols)) < len(symbols) or any(
            not symbol.is_Symbol for symbol in symbols
        ):
            raise ValueError(f"sizes depend on each other: {symbols}")
        return cls(value.dtype, value.device, tuple(sizes))

    def check(self, value: torch.Tensor) -> torch.Tensor:
        """Refuse what does not fit; return it in default strides."""
        if (value.dtype, value.device) != (self.dtype, self.device):
            raise TypeError(
                f"want {self.dtype} on {self.device}, "
                f"got {value.dtype} on {value.device}"
            )
        shape = tuple(value.shape)
        if len(shape) != len(self.sizes):
            raise ValueError(f"want {len(self.sizes)} axes, got {shape}")
        for axis, (smallest, largest) in enumerate(self.sizes):
            if not smallest <= shape[axis] <= largest:
                raise ValueError(
                    f"axis {axis} of {shape} is not in "
                    f"{smallest}..{largest}"
                )
        if not torch.isfinite(value).all():
            raise ValueError("NaN or infinity in the input")
        return value.contiguous()


contract = Contract.read(program)
print(contract.dtype, contract.device, contract.sizes)
# --8<-- [end:contract]

# --8<-- [start:guarded]
report(lambda image: package(contract.check(image)))
# --8<-- [end:guarded]

try:
    # --8<-- [start:derived]
    windows = Dim("windows", min=2, max=128)
    pooled = export(
        nn.AvgPool1d(8, stride=8),
        (torch.rand(1, 32),),
        dynamic_shapes={"input": {1: 8 * windows}},
    )
    Contract.read(pooled)
    # --8<-- [end:derived]
except ValueError as error:
    print(error)

try:
    # --8<-- [start:refuses]
    contract.check(inputs["16 x 8 pixels"])
    # --8<-- [end:refuses]
except ValueError as error:
    print(error)
