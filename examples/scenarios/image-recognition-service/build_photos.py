"""Chapter 4's artefact, with the preprocessing as a program in it."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import artefact
from artefact import Refused
from build import Classifier, build, load_network
from imaging import PREPROCESSING as BEFORE
from imaging import SIZE, prepare
from model import Predict, open_model
from photo import MIN_SIDE, decode

PREPROCESSING: dict[str, Any] = BEFORE | {
    "transparency": "white",
    "sixteen bits": "the upper eight",
    "resize": "prepare.pt2",
    "interpolation": "bicubic, antialias",
}


class Prepare(nn.Module):
    """The middle of a photograph: uint8 [height, width, 3] to [224, 224, 3].

    The square has 7/8 of the shorter side, as the weights were tested.
    """

    def forward(self, photo: Tensor) -> Tensor:
        height, width = photo.shape[:2]
        side = torch.sym_min(height, width) * 7 // 8
        top, left = (height - side) // 2, (width - side) // 2
        square = photo.narrow(0, top, side).narrow(1, left, side)
        small = F.interpolate(
            square.permute(2, 0, 1)[None],
            size=(SIZE, SIZE),
            mode="bicubic",
            antialias=True,
        )
        return small[0].permute(1, 2, 0)


def open_prepare(folder: Path) -> Predict:
    """The preprocessing of a verified artefact."""
    program = torch.export.load(folder / "prepare.pt2").module()

    def prepare(photo: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return program(torch.from_numpy(photo)).numpy()

    return prepare


def self_test(
    prepare: Predict, predict: Predict, folder: Path, max_abs: float
) -> None:
    """Golden bytes in, golden answer out, or `Refused`."""
    golden = np.array(json.loads((folder / "golden.json").read_text()))
    photo = decode((folder / "golden.jpg").read_bytes(), 10**7)
    answer = predict(prepare(photo)[None])[0]
    difference = float(np.abs(answer - golden).max())
    if not difference <= max_abs:  # NaN is refused as well
        raise Refused(f"the golden answer differs by {difference:.1e}")


def build_photos(folder: Path) -> artefact.Manifest:
    """Add prepare.pt2 to chapter 4's build, and ask the golden question."""
    before = build(folder)
    height = torch.export.Dim("height", min=MIN_SIDE, max=1 << 15)
    width = torch.export.Dim("width", min=MIN_SIDE, max=1 << 15)
    program = torch.export.export(
        Prepare(),
        (torch.zeros(427, 640, 3, dtype=torch.uint8),),
        dynamic_shapes=({0: height, 1: width},),
    )
    torch.export.save(program, folder / "prepare.pt2")

    data = (folder / "golden.jpg").read_bytes()
    eager = Classifier(load_network()).eval()
    with torch.inference_mode():
        small = Prepare()(torch.from_numpy(decode(data, 10**7)))
        answer, other = eager(
            torch.stack([small, torch.from_numpy(prepare(data, 10**7))])
        )
    print("as with Pillow:", answer.argmax().item() == other.argmax().item())
    print("within 0.02:", (answer - other).abs().max().item() < 0.02)
    (folder / "golden.json").write_text(json.dumps(answer.tolist()))
    self_test(
        open_prepare(folder),
        open_model(folder, before.export.format),
        folder,
        before.tolerances.max_abs,
    )
    return artefact.write(
        folder,
        before.model_dump(exclude={"files"})
        | {"name": "photographs", "preprocessing": PREPROCESSING},
    )


if __name__ == "__main__":
    made = build_photos(Path(sys.argv[1] if len(sys.argv) > 1 else "artefact"))
    print(f"{made.name} {made.version}, {len(made.files)} files")
