# --8<-- [start:resume]
import torch
import torch.distributed.checkpoint as dcp
from torch import nn
from torch.distributed.checkpoint.state_dict import (
    get_state_dict,
    set_state_dict,
)

torch.manual_seed(1)  # other weights than those of the job
model = nn.Sequential(nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 10))
optimizer = torch.optim.Adam(model.parameters())
weights, state = get_state_dict(model, optimizer)
before = weights["0.weight"][0, 0].item()
saved = {"model": weights, "optim": state}
dcp.load(saved, checkpoint_id="step-1", no_dist=True)
set_state_dict(
    model, optimizer, model_state_dict=weights, optim_state_dict=state
)
steps = {int(each["step"]) for each in optimizer.state.values()}
print(f"steps of the optimizer: {steps}")
print(f"weights changed: {model[0].weight[0, 0].item() != before}")
# --8<-- [end:resume]

# --8<-- [start:whole]
from pathlib import Path

from torch.distributed.checkpoint.format_utils import dcp_to_torch_save

dcp_to_torch_save("step-1", "all.pt")
everything = torch.load("all.pt", weights_only=True)
torch.save(everything["model"], "weights.pt")
for name in ("all.pt", "weights.pt"):
    print(f"{name:10} {Path(name).stat().st_size / 1e3:.0f} kB")
served = nn.Sequential(nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 10))
print(served.load_state_dict(torch.load("weights.pt", weights_only=True)))
# --8<-- [end:whole]

# --8<-- [start:asynchronous]
import torch.distributed as dist

dist.init_process_group(
    "gloo", store=dist.HashStore(), rank=0, world_size=1
)
trained = model[0].weight[0, 0].item()
future = dcp.async_save(
    {"model": model.state_dict()}, checkpoint_id="step-2"
)
with torch.no_grad():  # training goes on while the files are written
    for parameter in model.parameters():
        parameter.zero_()
future.result()  # an error in the thread is raised here, and only here
dist.destroy_process_group()

written = {name: torch.empty_like(t) for name, t in weights.items()}
dcp.load({"model": written}, checkpoint_id="step-2", no_dist=True)
print(f"written: {written['0.weight'][0, 0].item() == trained}")
# --8<-- [end:asynchronous]

# --8<-- [start:crash]
import shutil

shutil.copytree(
    "step-2", "step-3", ignore=shutil.ignore_patterns(".metadata")
)
print(sorted(path.name for path in Path("step-3").iterdir()))
# --8<-- [end:crash]

# --8<-- [start:load-crash]
from torch.distributed.checkpoint.api import CheckpointException

try:
    dcp.load({"model": written}, checkpoint_id="step-3", no_dist=True)
except CheckpointException as error:  # no Exception: a BaseException
    for rank, (cause, _) in error.failures.items():
        print(f"rank {rank}: {str(cause).partition(';')[0]}")
# --8<-- [end:load-crash]

# --8<-- [start:keep]
import os


def complete(folder: Path) -> list[Path]:
    """The complete checkpoints of a job, oldest first."""
    found = [path.parent for path in folder.glob("step-*/.metadata")]
    return sorted(found, key=lambda path: int(path.name.split("-")[1]))


def keep_newest(folder: Path, count: int) -> list[str]:
    """Remove all but the newest complete ones; call it on rank 0 only.

    What is incomplete may be a save that another process still writes,
    so it stays unless a newer one is complete.
    """
    done = complete(folder)
    make_durable(folder)
    for path in folder.glob("step-*"):
        step = int(path.name.split("-")[1])
        newer = [d for d in done if int(d.name.split("-")[1]) > step]
        if len(newer) >= count or (newer and path not in done):
            shutil.rmtree(path)
    return [path.name for path in complete(folder)]


def make_durable(folder: Path) -> None:
    """Have the names of new files and folders survive a power failure."""
    for path in (folder, *complete(folder)):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


shutil.copytree("step-2", "step-4")
print(keep_newest(Path("."), 2))
print(sorted(path.name for path in Path(".").glob("step-*")))
# --8<-- [end:keep]
