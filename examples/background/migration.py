# --8<-- [start:net]
import torch
from torch import nn


class Net(nn.Module):
    """Logits (n, 4) for features (n, 8)."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(8, 16)
        self.output = nn.Linear(16, 4)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return self.output(self.hidden(features).relu())


torch.manual_seed(0)
model = Net().eval()
example = torch.randn(2, 8)
with torch.inference_mode():
    expected = model(example)
# --8<-- [end:net]

# --8<-- [start:save-old]
torch.save(model, "whole.pt")
# --8<-- [end:save-old]

try:
    # --8<-- [start:load-old]
    torch.load("whole.pt")
    # --8<-- [end:load-old]
except torch.serialization.pickle.UnpicklingError as error:
    print(error)

# --8<-- [start:load-once]
from torch.serialization import (
    get_unsafe_globals_in_checkpoint,
    safe_globals,
)

print(sorted(get_unsafe_globals_in_checkpoint("whole.pt")))
with safe_globals([Net, nn.Linear]):
    whole = torch.load("whole.pt")
torch.save(whole.state_dict(), "weights.pt")
# --8<-- [end:load-once]

# --8<-- [start:save-new]
torch.save(model.state_dict(), "weights.pt")
restored = Net()
restored.load_state_dict(torch.load("weights.pt"))
restored.eval()
with torch.inference_mode():
    print(torch.equal(restored(example), expected))
# --8<-- [end:save-new]

# --8<-- [start:safetensors]
from safetensors.torch import load_file, save_file

save_file(model.state_dict(), "weights.safetensors")
restored = Net().eval()
print(restored.load_state_dict(load_file("weights.safetensors")))
with torch.inference_mode():
    print(torch.equal(restored(example), expected))
# --8<-- [end:safetensors]

# --8<-- [start:script-old]
scripted = torch.jit.script(model)
torch.jit.save(scripted, "scripted.pt")
# --8<-- [end:script-old]

# --8<-- [start:trace-old]
traced = torch.jit.trace(model, (example,))
print(torch.equal(traced(example), expected))
# --8<-- [end:trace-old]

try:
    # --8<-- [start:script-save-old]
    torch.save(scripted, "scripted-by-save.pt")
    # --8<-- [end:script-save-old]
except RuntimeError as error:
    print(error)

try:
    # --8<-- [start:script-load-old]
    torch.load("scripted.pt")
    # --8<-- [end:script-load-old]
except RuntimeError as error:
    print(error)

# --8<-- [start:freeze-old]
frozen = torch.jit.freeze(scripted)
fast = torch.jit.optimize_for_inference(scripted)
# --8<-- [end:freeze-old]

# --8<-- [start:export-new]
batch = torch.export.Dim("batch", min=1, max=64)
program = torch.export.export(
    model, (example,), dynamic_shapes=({0: batch},)
)
torch.export.save(program, "model.pt2")

loaded = torch.export.load("model.pt2").module()
print(torch.equal(loaded(example), expected))
print(tuple(loaded(example[:1]).shape))
# --8<-- [end:export-new]

# --8<-- [start:compile-new]
import copy

from torch._inductor import config

change: dict[bool, float] = {}
for freezing in (False, True):
    copied = copy.deepcopy(model)
    torch.compiler.reset()
    with torch.inference_mode(), config.patch(freezing=freezing):
        fast = torch.compile(copied, fullgraph=True)
        before = fast(example)
        torch.testing.assert_close(before, expected)
        copied.output.bias += 1  # does the compiled code notice?
        change[freezing] = float((fast(example) - before).max())
    print(f"freezing {freezing}: outputs change by {change[freezing]:.1f}")
# --8<-- [end:compile-new]

try:
    # --8<-- [start:training-old]
    torch.export.export_for_training(model, (example,))
    # --8<-- [end:training-old]
except AttributeError as error:
    print(error)

try:
    # --8<-- [start:capture-old]
    from torch._export import capture_pre_autograd_graph
    # --8<-- [end:capture-old]
except ImportError as error:
    print(error)

try:
    # --8<-- [start:rescue-export]
    archive = torch.jit.load("scripted.pt")
    torch.export.export(archive, (example,))
    # --8<-- [end:rescue-export]
except ValueError as error:
    print(error)

# --8<-- [start:convert]
from torch._export.converter import TS2EPConverter

converted = TS2EPConverter(archive, (example,), {}).convert()
torch.export.save(converted, "rescued.pt2")
module = torch.export.load("rescued.pt2").module()
with torch.inference_mode():
    difference = float((module(example) - expected).abs().max())
print("largest difference:", difference)
# --8<-- [end:convert]

try:
    # --8<-- [start:convert-loop]
    @torch.jit.script
    def repeat(x: torch.Tensor, times: int) -> torch.Tensor:
        for _ in range(times):
            x = x.relu()
        return x


    TS2EPConverter(repeat, (example, 3), {}).convert()
    # --8<-- [end:convert-loop]
except RuntimeError as error:
    print(error)

# --8<-- [start:rescue]
print(archive.code)
rescued = Net()
print(rescued.load_state_dict(archive.state_dict()))
rescued.eval()
with torch.inference_mode():
    rescue_error = float((rescued(example) - expected).abs().max())
print("largest difference:", rescue_error)
# --8<-- [end:rescue]

# --8<-- [start:lite-old]
scripted._save_for_lite_interpreter("model.ptl")
# --8<-- [end:lite-old]

try:
    # --8<-- [start:mobile-old]
    from torch.utils.mobile_optimizer import optimize_for_mobile

    optimize_for_mobile(scripted)
    # --8<-- [end:mobile-old]
except RuntimeError as error:
    print(error)
