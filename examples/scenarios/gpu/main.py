# --8<-- [start:device]
import torch

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
print("a device was chosen:", device.type in ("cuda", "cpu"))
# --8<-- [end:device]
# --8<-- [start:program]
from torch import Tensor, nn
from torch.export import Dim, ExportedProgram, export


class Classifier(nn.Module):
    """Pictures (batch, 3, 64, 64) → logits (batch, 10)."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        blocks: list[nn.Module] = []
        for before, after in ((3, width), (width, 2 * width)):
            blocks += [
                nn.Conv2d(before, after, 3, stride=2, padding=1),
                nn.ReLU(),
            ]
        self.body = nn.Sequential(*blocks)
        self.head = nn.Linear(2 * width, 10)

    def forward(self, images: Tensor) -> Tensor:
        features = self.body(images).flatten(2).mean(2)
        ranks = torch.arange(10, device=images.device)
        return self.head(features) - 1e-3 * ranks


torch.manual_seed(0)
model = Classifier().eval().requires_grad_(False)
images = torch.rand(8, 3, 64, 64)
batch = Dim("batch", min=1, max=256)
program = export(model, (images,), dynamic_shapes=({0: batch},))
torch.export.save(program, "model.pt2")
expected = model(images)
print("exported on", images.device)
# --8<-- [end:program]
# --8<-- [start:baked]
made = [n for n in program.graph.nodes if n.kwargs.get("device")]
print([(node.name, str(node.kwargs["device"])) for node in made])
# --8<-- [end:baked]
try:
    # --8<-- [start:half-moved]
    half_moved = program.module().to("meta")
    half_moved(images.to("meta"))
    # --8<-- [end:half-moved]
except RuntimeError as error:
    print(error)
# --8<-- [start:move]
from torch.export.passes import move_to_device_pass

moved = move_to_device_pass(torch.export.load("model.pt2"), "meta")
made = [n for n in moved.graph.nodes if n.kwargs.get("device")]
print([(node.name, str(node.kwargs["device"])) for node in made])
print("runs there:", moved.module()(images.to("meta")).device)
# --8<-- [end:move]
# --8<-- [start:parity]
def agree(got: Tensor, wanted: Tensor, tolerance: float) -> None:
    """Print whether logits and decisions are the same, whatever the device."""
    got, wanted = got.float().cpu(), wanted.float().cpu()
    apart = (got - wanted).abs().max().item()
    same = (got.argmax(1) == wanted.argmax(1)).float().mean().item()
    print(f"within {tolerance:g}: {apart <= tolerance}; same: {same:.0%}")


def load(path: str) -> nn.Module:
    """The program of this artifact, on the device of this machine."""
    found = torch.export.load(path)
    return move_to_device_pass(found, str(device)).module()


served = load("model.pt2")
with torch.inference_mode():
    agree(served(images.to(device)), expected, tolerance=1e-3)
# --8<-- [end:parity]
# --8<-- [start:footprint]
from footprint import activations, weights


def per_row(rows: int, width: int = 64) -> int:
    """Bytes of activations for one row, in a batch of `rows`."""
    example = torch.zeros(rows, 3, 64, 64)
    return activations(export(Classifier(width), (example,))) // rows


print(f"weights: {weights(program) / 1e6:.2f} MB")
print(f"a row: {per_row(4) / 1e6:.2f} MB, in a larger batch: "
      f"{per_row(16) / 1e6:.2f} MB")
# --8<-- [end:footprint]
# --8<-- [start:plan]
def largest_batch(
    memory: float, stored: float, row: float, context: float, keep: float
) -> int:
    """Rows that fit into `memory` bytes, of which `keep` stays free."""
    return int((memory * (1 - keep) - context - stored) // row)


for name, memory in (("16 GB", 16e9), ("24 GB", 24e9), ("80 GB", 80e9)):
    rows = largest_batch(
        memory, stored=14e9, row=25e6, context=0.5e9, keep=0.1
    )
    print(f"{name}: {max(rows, 0)} rows")
# --8<-- [end:plan]
# --8<-- [start:measured]
def measured_peak(rows: int) -> int:
    """Bytes that one call of `served` really allocated on the GPU."""
    example = torch.rand(rows, 3, 64, 64, device=device)
    torch.cuda.synchronize()
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    with torch.inference_mode():
        served(example)
    torch.cuda.synchronize()
    return torch.cuda.max_memory_allocated() - before


measured_peak(64)  # the first call allocates workspaces that stay
ratio = measured_peak(64) / (64 * per_row(4))
print("the estimate is of the right order:", 0.3 < ratio < 4)
# --8<-- [end:measured]
# --8<-- [start:bf16]
half = Classifier().eval().requires_grad_(False)
half.load_state_dict(model.state_dict())
half = half.to(device, torch.bfloat16)
with torch.inference_mode():
    agree(half(images.to(device, torch.bfloat16)), expected, tolerance=0.02)
    with torch.autocast(device.type, torch.bfloat16):
        agree(served(images.to(device)), expected, tolerance=0.02)
stored = sum(p.numel() * p.element_size() for p in half.parameters())
print(f"{stored / weights(program):.2f} of the bytes")
# --8<-- [end:bf16]
# --8<-- [start:tf32]
torch.set_float32_matmul_precision("high")
with torch.inference_mode():
    agree(served(images.to(device)), expected, tolerance=0.01)
torch.set_float32_matmul_precision("highest")
# --8<-- [end:tf32]
# --8<-- [start:sweep]
import time


def wait() -> None:
    """Until the device has done all that it was asked; a CPU always has."""
    if device.type == "cuda":
        torch.cuda.synchronize()


def rows_per_second(call: nn.Module, rows: int, calls: int) -> float:
    """Throughput with one batch size, on whatever device."""
    example = torch.rand(rows, 3, 64, 64, device=device)
    with torch.inference_mode():
        for _ in range(3):
            call(example)
        wait()
        start = time.perf_counter()
        for _ in range(calls):
            call(example)
        wait()
    return rows * calls / (time.perf_counter() - start)


speed = {rows: rows_per_second(served, rows, calls=3) for rows in (1, 8, 64)}
best = max(speed.values())
enough = min(rows for rows, found in speed.items() if found > 0.9 * best)
print("measured:", list(speed), "- one of them is enough:", enough in speed)
# --8<-- [end:sweep]
# --8<-- [start:pinned]
pinned = torch.empty(8, 3, 64, 64, pin_memory=True)
answer = torch.empty(8, 10, pin_memory=True)
copied, done = torch.cuda.Stream(), torch.cuda.Event()
pinned.copy_(images)
with torch.inference_mode():
    with torch.cuda.stream(copied):
        there = pinned.to(device, non_blocking=True)
    torch.cuda.current_stream().wait_stream(copied)
    there.record_stream(torch.cuda.current_stream())
    answer.copy_(served(there), non_blocking=True)
    done.record()
done.synchronize()  # before this line `answer` may hold anything
agree(answer, expected, tolerance=1e-2)
# --8<-- [end:pinned]
# --8<-- [start:graph]
class Graphed:
    """A program for one batch size, launched as one CUDA graph."""

    def __init__(self, call: nn.Module, example: Tensor) -> None:
        self.input = example.clone()
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.inference_mode(), torch.cuda.stream(side):
            for _ in range(3):  # libraries choose and allocate now
                call(self.input)
        torch.cuda.current_stream().wait_stream(side)
        self.graph = torch.cuda.CUDAGraph()
        with torch.inference_mode(), torch.cuda.graph(self.graph):
            self.output = call(self.input)

    def __call__(self, rows: Tensor) -> Tensor:
        """Answer for as many rows as the example had, or fewer."""
        count = len(rows)
        if count > len(self.input):
            raise ValueError(f"{count} rows, recorded: {len(self.input)}")
        self.input[:count].copy_(rows)
        self.graph.replay()
        return self.output[:count].clone()  # the next replay overwrites it


graphed = Graphed(served, images.to(device))
agree(graphed(images.to(device)), expected, tolerance=1e-2)
agree(graphed(images[:3].to(device)), expected[:3], tolerance=1e-2)
# --8<-- [end:graph]
# --8<-- [start:modes]
for mode in ("default", "reduce-overhead", "max-autotune"):
    torch.compiler.reset()
    compiled = torch.compile(served, mode=mode, dynamic=False)
    with torch.inference_mode():
        for _ in range(3):  # compile, record, replay
            torch.compiler.cudagraph_mark_step_begin()
            logits = compiled(images.to(device)).clone()
    agree(logits, expected, tolerance=1e-2)
# --8<-- [end:modes]
