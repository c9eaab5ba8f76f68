"""Load an artefact only if it is the approved one and answers as it did."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

Preprocess = Callable[[torch.Tensor], torch.Tensor]


class ArtefactError(Exception):
    """The artefact is not what was approved, or the input not as agreed."""


def sha256(path: Path) -> str:
    """Return the SHA-256 digest of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@dataclass(frozen=True)
class Artefact:
    """A checked model together with what its manifest promises."""

    model: Callable[[torch.Tensor], torch.Tensor]
    manifest: dict[str, Any]

    def predict(self, batch: torch.Tensor) -> torch.Tensor:
        """Map a (batch, features) tensor to logits.

        Raises:
            ArtefactError: the input is not what the signature says.
        """
        agreed = self.manifest["signature"]
        if str(batch.dtype) != agreed["dtype"]:
            raise ArtefactError(
                f"dtype is {batch.dtype}, agreed is {agreed['dtype']}"
            )
        rows, *features = batch.shape
        if features != agreed["features"]:
            raise ArtefactError(
                f"features are {features}, agreed are {agreed['features']}"
            )
        if not 1 <= rows <= agreed["largest_batch"]:
            raise ArtefactError(
                f"batch is {rows}, agreed is 1 to {agreed['largest_batch']}"
            )
        with torch.inference_mode():
            return self.model(batch.contiguous())


def load(folder: Path, approved: str, preprocess: Preprocess) -> Artefact:
    """Load the artefact whose manifest has the digest `approved`.

    `preprocess` is the caller's own: it is run on the stored raw inputs,
    and the answers must be those that were stored beside them.

    Raises:
        ArtefactError: something is not as it was approved.
    """
    listing = folder / "manifest.json"
    if not listing.is_file():
        raise ArtefactError("manifest.json is missing")
    if sha256(listing) != approved:
        raise ArtefactError("manifest.json is not the approved one")
    manifest = json.loads(listing.read_text())
    for name, digest in manifest["files"].items():
        path = folder / name
        if not path.is_file():
            raise ArtefactError(f"{name} is missing")
        if sha256(path) != digest:
            raise ArtefactError(f"{name} was changed: wrong sha256")
    running = torch.__version__.split("+")[0]
    if running not in manifest["torch"]:
        raise ArtefactError(
            f"tested with torch {manifest['torch']}, running {running}"
        )
    model = torch.export.load(folder / "model.pt2").module()
    artefact = Artefact(model, manifest)
    golden = load_file(folder / "golden.safetensors")
    answer = artefact.predict(preprocess(golden["raw"]))
    distance = (answer - golden["logits"]).abs().max().item()
    if not distance <= manifest["tolerance"]:
        raise ArtefactError(
            f"golden answers are off by {distance:.2g}, allowed is "
            f"{manifest['tolerance']}: preprocessing or runtime changed"
        )
    return artefact


