"""A model that is ready to ship: a folder with a manifest.

The manifest says what the files are, what goes in, what comes out and how
exact the answers are. `write` makes it, `verify` refuses what differs.
"""

import hashlib
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

MANIFEST = "manifest.json"
SIGNER = [sys.executable, "-P", "-m", "model_signing"]


class Refused(Exception):
    """This artifact must not be served; the message says why."""


class Part(BaseModel):
    """Base of all that stands in a manifest: no unknown names."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class File(Part):
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    bytes: int = Field(ge=0)


class Tensor(Part):
    """One input or output; the first dimension is the batch."""

    name: str
    dtype: Literal["uint8", "int64", "float32"]
    shape: tuple[Literal["batch"] | int, ...]


class Export(Part):
    format: Literal["torch.export", "aotinductor"]
    torch: str
    min_batch: int = Field(ge=1)
    max_batch: int = Field(ge=1)


class Measure(Part):
    """A figure about quality, with what it was measured on."""

    metric: str
    data: str
    value: float


class Tolerances(Part):
    """How far answers may lie from those of the model in eager fp32."""

    max_abs: float = Field(gt=0)
    decision_flips: float = Field(ge=0, le=1)


class Manifest(Part):
    manifest_version: Literal[1]
    name: str = Field(pattern="^[a-z0-9-]+$")
    version: str
    task: str
    model: str
    inputs: tuple[Tensor, ...] = Field(min_length=1)
    outputs: tuple[Tensor, ...] = Field(min_length=1)
    preprocessing: dict[str, Any]
    labels: str | None = None
    export: Export
    accuracy: tuple[Measure, ...] = Field(min_length=1)
    tolerances: Tolerances
    files: dict[str, File] = Field(min_length=1)


def sha256(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def write(folder: Path, description: dict[str, Any]) -> Manifest:
    """Add the files of `folder` to the description and save the manifest."""
    manifest = folder / MANIFEST
    manifest.unlink(missing_ok=True)
    files = {
        path.relative_to(folder).as_posix(): File(
            sha256=sha256(path), bytes=path.stat().st_size
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    made = Manifest(files=files, **description)
    unfinished = folder / f"{MANIFEST}.part"
    unfinished.write_text(made.model_dump_json(indent=2) + "\n")
    unfinished.replace(manifest)
    return made


def verify_signature(folder: Path, public_key: Path) -> None:
    """Check that the owner of a key signed these very files.

    The signature lies beside the folder, as `<folder>.sig`.

    Raises:
        Refused: it is missing, of another key, or of other files.
    """
    folder = folder.resolve()  # it may be a link to the current version
    command = [*SIGNER, "verify", "key", "--public_key", public_key]
    command += ["--signature", f"{folder}.sig", folder]
    if subprocess.run(command, capture_output=True).returncode:
        owner = f"the owner of {public_key.name}"
        raise Refused(f"{folder.name} is not signed by {owner}")


def verify(folder: Path, preprocessing: dict[str, Any]) -> Manifest:
    """Check an artifact before any of its files is opened as a model.

    Args:
        folder: where the artifact lies.
        preprocessing: what this program does to its inputs.

    Raises:
        Refused: no manifest, an unknown field, a missing, changed or
            additional file, another torch, other preprocessing.
    """
    path = folder / MANIFEST
    try:
        manifest = Manifest.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise Refused(f"{folder} has no {MANIFEST}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise Refused(f"{MANIFEST}: {where}: {first['msg']}") from None
    found = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.name != MANIFEST
    }
    if missing := manifest.files.keys() - found:
        raise Refused(f"missing: {', '.join(sorted(missing))}")
    if unknown := found - manifest.files.keys():
        raise Refused(f"not in the manifest: {', '.join(sorted(unknown))}")
    for name, file in manifest.files.items():
        if sha256(folder / name) != file.sha256:
            raise Refused(f"{name} is not the file that was built")
    here, built = version("torch").partition("+")[0], manifest.export.torch
    if here != built:
        raise Refused(f"built with torch {built}, but this is {here}")
    for name in sorted(preprocessing.keys() | manifest.preprocessing.keys()):
        ours, theirs = preprocessing.get(name), manifest.preprocessing.get(name)
        if ours != theirs:
            raise Refused(
                f"preprocessing: {name} is {ours!r} here, "
                f"and was {theirs!r} at build"
            )
    return manifest
