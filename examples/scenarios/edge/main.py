# --8<-- [start:train]
import torch

from digits import load, train

torch.set_num_threads(1)  # this model is too small to share
images, digits, held_out, answers = load()
model = train(images, digits)
expected = model(held_out)
right = (expected.argmax(1) == answers).float().mean().item()
print(f"eager PyTorch: {right:.2f} of {len(answers)} held-out digits")
# --8<-- [end:train]
# --8<-- [start:lower]
from pathlib import Path

from lowering import lower

lowered = lower(model, held_out[:16], largest=32)
Path("digits.pte").write_bytes(lowered.buffer)
print(f"digits.pte: {len(lowered.buffer) / 1e3:.0f} kB")
plan = lowered.executorch_program.execution_plan[0]
print("handed to:", [part.id for part in plan.delegates])
print("left over:", *[operator.name for operator in plan.operators])
# --8<-- [end:lower]
# --8<-- [start:run]
from executorch.runtime import Method, Runtime

runtime = Runtime.get()


def method(file: str) -> Method:
    """The method `forward` of a .pte file."""
    loaded = runtime.load_program(file).load_method("forward")
    if loaded is None:
        raise ValueError(f"{file} has no method forward")
    return loaded


def logits(loaded: Method, rows: torch.Tensor) -> torch.Tensor:
    """Ask for at most 32 rows at a time."""
    return torch.cat([loaded.execute([x])[0] for x in rows.split(32)])


phone = method("digits.pte")
print(phone.metadata.input_tensor_meta(0))
got = logits(phone, held_out)
apart = (got - expected).abs().max().item()
print("differs by less than 1e-4:", apart < 1e-4)
same = (got.argmax(1) == expected.argmax(1)).float().mean().item()
print(f"same decisions: {same:.0%} of {len(got)}")
# --8<-- [end:run]
try:
    # --8<-- [start:too-many]
    phone.execute([held_out[:33]])
    # --8<-- [end:too-many]
except RuntimeError as error:
    print(error)
# --8<-- [start:small]
narrowed = lower(model, held_out[:4], largest=32)
Path("narrowed.pte").write_bytes(narrowed.buffer)
small = method("narrowed.pte")
served: dict[int, list[int]] = {4: [], 16: []}
for example, loaded in ((4, small), (16, phone)):
    for rows in (1, 15, 16, 32):
        try:
            answered = loaded.execute([held_out[:rows]])[0]
            served[example].append(len(answered))
        except RuntimeError as error:
            print(f"example of {example}, {rows} rows: {error}")
    print(f"example of {example}, served: {served[example]}")
# --8<-- [end:small]
# --8<-- [start:inputs]
wrong = {
    "float64": held_out[:2].double(),
    "7 rows of pixels": held_out[:2, :7].contiguous(),
    "transposed": held_out[:2].transpose(1, 2),
    "not a number": torch.full((2, 8, 8), float("nan")),
}
for name, value in wrong.items():
    try:
        answer = phone.execute([value])[0]
        print(f"{name}: answers {answer.argmax(1).tolist()}")
    except RuntimeError as error:
        print(f"{name}: {error}")
# --8<-- [end:inputs]
# --8<-- [start:bytes]
import sys

data = Path("digits.pte").read_bytes()
alone = sys.getrefcount(data)
program = runtime.load_program(data)
forward = program.load_method("forward")
print("held by the program:", sys.getrefcount(data) - alone)
del program
print("held by the method: ", sys.getrefcount(data) - alone)
# --8<-- [end:bytes]
# --8<-- [start:recurrent]
class Rows(torch.nn.Module):
    """A GRU that reads a picture's two first rows, one by one."""

    def __init__(self) -> None:
        super().__init__()
        self.gru = torch.nn.GRU(8, 16, batch_first=True)
        self.head = torch.nn.Linear(16, 10)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return self.head(self.gru(image)[0][:, -1])


torch.manual_seed(0)
recurrent = Rows().eval().requires_grad_(False)
rows = held_out[:8, :2].contiguous()
Path("rows.pte").write_bytes(lower(recurrent, rows, largest=8).buffer)
dynamic = method("rows.pte")
apart = (dynamic.execute([rows])[0] - recurrent(rows)).abs().max().item()
print("8 rows, as in the example:", apart < 1e-5)
# --8<-- [end:recurrent]
try:
    # --8<-- [start:fewer]
    dynamic.execute([rows[:2]])
    # --8<-- [end:fewer]
except RuntimeError as error:
    print(error)
# --8<-- [start:static]
Path("row.pte").write_bytes(lower(recurrent, rows[:1]).buffer)
single = method("row.pte")
parts = [single.execute([row])[0] for row in rows.split(1)]
apart = (torch.cat(parts) - recurrent(rows)).abs().max().item()
print("one at a time:", apart < 1e-5)
# --8<-- [end:static]
# --8<-- [start:int8]
from executorch.backends.xnnpack.quantizer.xnnpack_quantizer import (
    XNNPACKQuantizer,
    get_symmetric_quantization_config,
)
from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e

batch = torch.export.Dim("batch", min=1, max=32)
program = torch.export.export(
    model, (held_out[:32],), dynamic_shapes=({0: batch},)
)
quantizer = XNNPACKQuantizer().set_global(
    get_symmetric_quantization_config(is_per_channel=True)
)
observed = prepare_pt2e(program.module(), quantizer)
for part in images[:512].split(32):  # of the training data
    observed(part)
eight = lower(convert_pt2e(observed), held_out[:32], largest=32)
Path("digits-int8.pte").write_bytes(eight.buffer)
print(f"digits-int8.pte: {len(eight.buffer) / 1e3:.0f} kB")
got = logits(method("digits-int8.pte"), held_out)
changed = int((got.argmax(1) != expected.argmax(1)).sum())
print("at most 4 of 450 decisions changed:", changed <= 4)
right = (got.argmax(1) == answers).float().mean().item()
print(f"int8 in the runtime: {right:.2f}")
# --8<-- [end:int8]
