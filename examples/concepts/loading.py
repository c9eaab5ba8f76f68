"""Load weights on any device, from any wrapper, without a copy."""
# --8<-- [start:model]
import os
import warnings
import zipfile
from pathlib import Path

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.modules.utils import (
    consume_prefix_in_state_dict_if_present,
)
from torch.nn.parallel import DistributedDataParallel


def build() -> nn.Sequential:
    """A classifier of 4 features into 3 classes."""
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))


torch.manual_seed(0)
model = build().eval()
batch = torch.randn(5, 4)
logits = model(batch)
torch.save(model.state_dict(), "weights.pt")
# --8<-- [end:model]


# --8<-- [start:gpufile]
def relabel(source: Path, target: Path, device: str) -> None:
    """Copy a checkpoint as a job on `device` would have written it."""
    with (
        zipfile.ZipFile(source) as original,
        zipfile.ZipFile(target, "w") as copy,
    ):
        for name in original.namelist():
            content = original.read(name)
            if name.endswith("data.pkl"):
                content = content.replace(
                    b"X\x03\0\0\0cpu",
                    b"X" + len(device).to_bytes(4, "little")
                    + device.encode(),
                )
            copy.writestr(name, content)


relabel(Path("weights.pt"), Path("from_gpu.pt"), "cuda:0")
# --8<-- [end:gpufile]

try:
    # --8<-- [start:cuda]
    torch.load("from_gpu.pt")
    # --8<-- [end:cuda]
except RuntimeError as error:
    print(error)

# --8<-- [start:maplocation]
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

weights = torch.load("from_gpu.pt", map_location="cpu")
print({tensor.device.type for tensor in weights.values()})

served = build().eval()
served.load_state_dict(weights)
served.to(device)
same = torch.allclose(served(batch.to(device)).cpu(), logits, atol=1e-5)
print("same logits:", same)
# --8<-- [end:maplocation]

# --8<-- [start:ddpsave]
dist.init_process_group(
    "gloo", store=dist.HashStore(), rank=0, world_size=1
)
parallel = DistributedDataParallel(model)
torch.save(parallel.state_dict(), "ddp.pt")
dist.destroy_process_group()
# --8<-- [end:ddpsave]

try:
    # --8<-- [start:ddperror]
    build().load_state_dict(torch.load("ddp.pt"))
    # --8<-- [end:ddperror]
except RuntimeError as error:
    print(error)

# --8<-- [start:notstrict]
empty = build()
before = empty[0].weight.clone()
print(empty.load_state_dict(torch.load("ddp.pt"), strict=False))
print("nothing was loaded:", torch.equal(empty[0].weight, before))
# --8<-- [end:notstrict]

# --8<-- [start:ddpfix]
saved = torch.load("ddp.pt")
consume_prefix_in_state_dict_if_present(saved, "module.")
print(list(saved))

restored = build().eval()
print(restored.load_state_dict(saved))
print("same logits:", torch.equal(restored(batch), logits))
print("better saved as:", list(parallel.module.state_dict()))
# --8<-- [end:ddpfix]

# --8<-- [start:compilesave]
compiled = torch.compile(model)  # wraps; compiles at the first call
torch.save(compiled.state_dict(), "compiled.pt")
# --8<-- [end:compilesave]

try:
    # --8<-- [start:compileerror]
    build().load_state_dict(torch.load("compiled.pt"))
    # --8<-- [end:compileerror]
except RuntimeError as error:
    print(error)

# --8<-- [start:compilefix]
unwrapped = torch.load("compiled.pt")
consume_prefix_in_state_dict_if_present(unwrapped, "_orig_mod.")
repaired = build().eval()
print(repaired.load_state_dict(unwrapped))
print("same logits:", torch.equal(repaired(batch), logits))

repaired.compile()  # in place: no wrapper, so no prefix
print(list(repaired.state_dict()))
# --8<-- [end:compilefix]

# --8<-- [start:mmap]
big = {"table": torch.zeros(1_000, 1_000)}
torch.save(big, "big.pt")
torch.save({"table": big["table"] + 1}, "new.pt")

copied = torch.load("big.pt")["table"]
mapped = torch.load("big.pt", mmap=True)["table"]
with open("big.pt", "r+b") as file:  # what cp and rsync --inplace do
    file.write(Path("new.pt").read_bytes())

print("copied:", copied.mean().item())
print("mapped:", mapped.mean().item())
# --8<-- [end:mmap]

# --8<-- [start:replace]
torch.save(big, "next.pt")
serving = torch.load("big.pt", mmap=True)["table"]
os.replace("next.pt", "big.pt")

reloaded = torch.load("big.pt", mmap=True)["table"]
print("mapped before the rename:", serving.mean().item())
print("mapped after the rename: ", reloaded.mean().item())
# --8<-- [end:replace]

# --8<-- [start:noop]
with torch.device("meta"):
    skeleton = build().eval()
mapped = torch.load("weights.pt", mmap=True)

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    print(skeleton.load_state_dict(mapped))
print(str(caught[0].message).partition(" (")[0])
print("still on meta:", skeleton[0].weight.is_meta)
# --8<-- [end:noop]

try:
    # --8<-- [start:metaerror]
    skeleton(batch)
    # --8<-- [end:metaerror]
except RuntimeError as error:
    print(error)

# --8<-- [start:assign]
skeleton.load_state_dict(mapped, assign=True)

first = skeleton[0].weight
print("still on meta: ", first.is_meta)
shared = first.data_ptr() == mapped["0.weight"].data_ptr()
print("file's storage:", shared)
print("same logits:   ", torch.equal(skeleton(batch), logits))
# --8<-- [end:assign]


# --8<-- [start:tied]
class LanguageModel(nn.Module):
    """Next-token logits; input and output share one matrix."""

    def __init__(self, tokens: int = 50, width: int = 8) -> None:
        super().__init__()
        self.embed = nn.Embedding(tokens, width)
        self.head = nn.Linear(width, tokens, bias=False)
        self.scale = nn.Buffer(torch.tensor(0.5), persistent=False)
        self.tie()

    def tie(self) -> None:
        """Make the output matrix the input matrix."""
        self.head.weight = self.embed.weight

    def forward(self, tokens: Tensor) -> Tensor:
        return self.head(self.embed(tokens)) * self.scale


trained = LanguageModel()
torch.save(trained.state_dict(), "language.pt")

with torch.device("meta"):
    language = LanguageModel()
weights = torch.load("language.pt", mmap=True)
print(language.load_state_dict(weights, assign=True))
print("tied:", language.head.weight is language.embed.weight)
print("left on meta:", [
    name for name, buffer in language.named_buffers() if buffer.is_meta
])
# --8<-- [end:tied]

# --8<-- [start:retie]
language.tie()
language.scale = torch.tensor(0.5)

print("tied:", language.head.weight is language.embed.weight)
tokens = torch.arange(50)
restored_logits = language(tokens)
print("same logits:", torch.equal(restored_logits, trained(tokens)))
# --8<-- [end:retie]
