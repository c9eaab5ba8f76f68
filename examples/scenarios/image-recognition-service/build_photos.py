"""The reference service's artifact, with preprocessing as a program in it."""

import json
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

import artifact
from build import Classifier, build, load_network
from imaging import PREPROCESSING as BEFORE
from imaging import SIZE, prepare
from model import open_model
from photo import MIN_SIDE, decode
from preparation import PREPROCESSING, open_prepare, self_test


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


def build_photos(folder: Path) -> artifact.Manifest:
    """Add prepare.pt2 to the service's artifact, and ask the golden question.

    Raises:
        Refused: the folder holds something else than that artifact.
    """
    if not folder.exists():
        build(folder)
    before = artifact.verify(folder, BEFORE)
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
    return artifact.write(
        folder,
        before.model_dump(exclude={"files"})
        | {"name": "photographs", "preprocessing": PREPROCESSING},
    )
