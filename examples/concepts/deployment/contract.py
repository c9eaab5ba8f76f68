"""Load an artifact only if it is the approved one and answers as it did."""

import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load as load_tensors

Preprocess = Callable[[torch.Tensor], torch.Tensor]


class ArtifactError(Exception):
    """The artifact is not what was approved, or the input not as agreed."""


def sha256(path: Path) -> str:
    """Return the SHA-256 digest of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read(path: Path, digest: str, otherwise: str) -> bytes:
    """Return the bytes of a file, if they are those of the digest.

    The file is read once: what was checked is what will be used.
    """
    if not path.is_file():
        raise ArtifactError(f"{path.name} is missing")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        raise ArtifactError(f"{path.name} {otherwise}")
    return content


@dataclass(frozen=True)
class Artifact:
    """A checked model together with what its manifest promises."""

    model: Callable[[torch.Tensor], torch.Tensor]
    manifest: dict[str, Any]

    def predict(self, batch: torch.Tensor) -> torch.Tensor:
        """Map a (batch, features) tensor to logits.

        Raises:
            ArtifactError: the input is not what the signature says.
        """
        agreed = self.manifest["signature"]
        if str(batch.dtype) != agreed["dtype"]:
            raise ArtifactError(
                f"dtype is {batch.dtype}, agreed is {agreed['dtype']}"
            )
        rows, *features = batch.shape
        if features != agreed["features"]:
            raise ArtifactError(
                f"features are {features}, agreed are {agreed['features']}"
            )
        if not 1 <= rows <= agreed["largest_batch"]:
            raise ArtifactError(
                f"batch is {rows}, agreed is 1 to {agreed['largest_batch']}"
            )
        if not torch.isfinite(batch).all():
            raise ArtifactError("NaN or infinity in the batch")
        with torch.inference_mode():
            return self.model(batch.contiguous())


def load(folder: Path, approved: str, preprocess: Preprocess) -> Artifact:
    """Load the artifact whose manifest has the digest `approved`.

    `preprocess` is the caller's own: it is run on the stored raw inputs,
    and the answers must be those that were stored beside them.

    Raises:
        ArtifactError: something is not as it was approved.
    """
    manifest = json.loads(
        read(folder / "manifest.json", approved, "is not the approved one")
    )
    files = {
        name: read(folder / name, digest, "was changed: wrong sha256")
        for name, digest in manifest["files"].items()
    }
    running = torch.__version__.split("+")[0]
    if running not in manifest["torch"]:
        raise ArtifactError(
            f"tested with torch {manifest['torch']}, running {running}"
        )
    program = torch.export.load(io.BytesIO(files["model.pt2"]))
    model = program.module()
    artifact = Artifact(model, manifest)
    golden = load_tensors(files["golden.safetensors"])
    answer = artifact.predict(preprocess(golden["raw"]))
    distance = (answer - golden["logits"]).abs().max().item()
    if not distance <= manifest["tolerance"]:
        raise ArtifactError(
            f"golden answers are off by {distance:.2g}, allowed is "
            f"{manifest['tolerance']}: preprocessing or runtime changed"
        )
    return artifact


