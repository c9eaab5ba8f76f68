"""Checkpoints that outlive a crash and a change of schema."""
# --8<-- [start:train]
import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

torch.manual_seed(0)
inputs = torch.randn(256, 4)
labels = (inputs @ torch.randn(4, 3)).argmax(dim=1)


def build(hidden: int) -> tuple[nn.Module, torch.optim.Optimizer]:
    """A classifier of 4 features into 3 classes, and its Adam."""
    model = nn.Sequential(
        nn.Linear(4, hidden), nn.ReLU(), nn.Linear(hidden, 3)
    )
    return model, torch.optim.Adam(model.parameters(), lr=0.05)


def train(
    model: nn.Module, optimizer: torch.optim.Optimizer, epochs: int
) -> float:
    """Train on all rows for `epochs` steps; return the last loss."""
    for _ in range(epochs):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(inputs), labels)
        loss.backward()
        optimizer.step()
    return loss.item()


model, optimizer = build(hidden=16)
early = train(model, optimizer, epochs=10)
torch.save({"epoch": 10, "model": model.state_dict()}, "best.pt")
late = train(model, optimizer, epochs=10)
print(f"loss {early:.2f}, then {late:.2f}")
# --8<-- [end:train]

# --8<-- [start:naive]
good = Path("best.pt").read_bytes()
try:
    torch.save(
        {
            "epoch": 20,
            "model": model.state_dict(),
            "schedule": lambda epoch: 0.9**epoch,
        },
        "best.pt",
    )
except Exception as error:
    print(type(error).__name__)
now = Path("best.pt").read_bytes()
print("smaller than the good file:", len(now) < len(good))
# --8<-- [end:naive]

try:
    # --8<-- [start:lost]
    torch.load("best.pt")
    # --8<-- [end:lost]
except RuntimeError as error:
    print(error)

try:
    # --8<-- [start:truncated]
    Path("copied.pt").write_bytes(good[: len(good) // 2])

    torch.load("copied.pt")
    # --8<-- [end:truncated]
except RuntimeError as error:
    print(error)


# --8<-- [start:atomic]
def write_atomically(path: Path, save: Callable[[Path], None]) -> str:
    """Let `save` fill a file, put it at `path` whole, or not at all.

    Returns the sha256 of what was written.
    """
    partial = path.with_name(path.name + ".partial")
    try:
        save(partial)
        with partial.open("r+b") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())  # the bytes first, then the name
        partial.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # now the name as well
        finally:
            os.close(folder)
    finally:
        partial.unlink(missing_ok=True)
    return digest


# --8<-- [end:atomic]

# --8<-- [start:survives]
best = Path("best.pt")
best.write_bytes(good)
broken = {"epoch": 20, "schedule": lambda epoch: 0.9**epoch}
try:
    write_atomically(best, lambda path: torch.save(broken, path))
except Exception as error:
    print(type(error).__name__)
print("epoch", torch.load(best)["epoch"], "is still there")
print([path.name for path in sorted(Path().glob("best*"))])
# --8<-- [end:survives]

# --8<-- [start:schema]
SCHEMA = 2
Document = dict[str, Any]


@dataclass(frozen=True)
class Checkpoint:
    """What it takes to rebuild the model and to go on training."""

    epoch: int
    config: dict[str, int]
    weights: dict[str, Tensor]
    optimizer: dict[str, Any] | None


class SchemaError(Exception):
    """The file is sound, and this program cannot read it."""


def from_1_to_2(old: Document) -> Document:
    """Schema 1 had no number, and its width stood in the code: 16."""
    return {
        "schema": 2,
        "epoch": old["epoch"],
        "config": {"hidden": 16},
        "weights": old["model"],
        "optimizer": None,
    }


MIGRATIONS: dict[int, Callable[[Document], Document]] = {1: from_1_to_2}


def parse(document: Document) -> Checkpoint:
    """Bring a document of any known schema to the current one."""
    found = document.get("schema", 1)
    if found > SCHEMA:
        raise SchemaError(
            f"schema {found}, but this program knows 1 to {SCHEMA}: "
            "update the program, the file is fine"
        )
    for schema in range(found, SCHEMA):
        document = MIGRATIONS[schema](document)
    fields = {k: v for k, v in document.items() if k != "schema"}
    return Checkpoint(**fields)


old = parse(torch.load("best.pt"))
print("epoch", old.epoch, old.config, "optimizer:", old.optimizer)
# --8<-- [end:schema]

# --8<-- [start:store]
def save_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """Write the checkpoint, then point `latest.json` at it."""
    folder.mkdir(exist_ok=True)
    path = folder / f"epoch-{checkpoint.epoch:04}.pt"
    document = {"schema": SCHEMA, **vars(checkpoint)}
    digest = write_atomically(
        path, lambda partial: torch.save(document, partial)
    )
    pointer = json.dumps({"file": path.name, "sha256": digest})
    write_atomically(
        folder / "latest.json",
        lambda partial: partial.write_text(pointer),
    )


def load_checkpoint(folder: Path) -> Checkpoint:
    """Read what `latest.json` names; refuse it if one bit differs."""
    pointer = json.loads((folder / "latest.json").read_text())
    path = folder / pointer["file"]
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != pointer["sha256"]:
        raise ValueError(f"{path.name} is not the file that was saved")
    return parse(torch.load(path, map_location="cpu"))


runs = Path("runs")
checkpoint = Checkpoint(
    epoch=20,
    config={"hidden": 16},
    weights=model.state_dict(),
    optimizer=optimizer.state_dict(),
)
save_checkpoint(runs, checkpoint)
print([path.name for path in sorted(runs.iterdir())])
# --8<-- [end:store]

# --8<-- [start:resume]
expected = train(model, optimizer, epochs=10)

found = load_checkpoint(runs)
for resume_optimizer in [True, False]:
    resumed, resumed_optimizer = build(**found.config)
    resumed.load_state_dict(found.weights)
    if resume_optimizer and found.optimizer is not None:
        resumed_optimizer.load_state_dict(found.optimizer)
    loss = train(resumed, resumed_optimizer, epochs=10)
    print(
        f"optimizer restored: {resume_optimizer}, "
        f"same loss as without a break: {abs(loss - expected) < 1e-6}"
    )
# --8<-- [end:resume]

try:
    # --8<-- [start:newer]
    parse({"schema": 3, "epoch": 30})
    # --8<-- [end:newer]
except SchemaError as error:
    print(error)

# --8<-- [start:damaged]
stored = runs / "epoch-0020.pt"
content = bytearray(stored.read_bytes())
bias = found.weights["2.bias"]
content[content.find(bias.numpy().tobytes()) + 3] ^= 0b0100_0000
stored.write_bytes(content)

print("saved: ", [f"{value:.2f}" for value in bias.tolist()])
flipped = torch.load(stored)["weights"]["2.bias"]
print("loaded:", [f"{value:.1e}" for value in flipped.tolist()])
# --8<-- [end:damaged]

try:
    # --8<-- [start:refused]
    load_checkpoint(runs)
    # --8<-- [end:refused]
except ValueError as error:
    print(error)
