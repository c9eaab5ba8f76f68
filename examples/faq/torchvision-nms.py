"""RuntimeError: operator torchvision::nms does not exist"""
# --8<-- [start:torch]
import torch
from torch import Tensor
# --8<-- [end:torch]

try:
    # --8<-- [start:fails]
    @torch.library.register_fake("torchvision::nms")
    def fake_nms(boxes: Tensor, scores: Tensor, iou: float) -> Tensor:
        return boxes.new_empty(len(boxes), dtype=torch.long)
    # --8<-- [end:fails]
except RuntimeError as error:
    print(error)


# --8<-- [start:pair]
def explain_pair(torch_version: str, vision_version: str) -> str:
    """Say whether two builds fit. For torch 2: 2.N goes with 0.(N + 15)."""
    release, _, build = torch_version.partition("+")
    vision_release, _, vision_build = vision_version.partition("+")
    expected = f"0.{int(release.split('.')[1]) + 15}"
    if not vision_release.startswith(f"{expected}."):
        return f"wrong release: torch {release} needs torchvision {expected}"
    if build != vision_build:
        return f"wrong build: {build} and {vision_build}"
    return "fits"


for pair in [
    ("2.13.0+cpu", "0.28.0+cu130"),
    ("2.13.0+cpu", "0.27.1+cpu"),
    ("2.2.1+cpu", "0.17.1+cpu"),
    ("2.13.0+cpu", "0.28.0+cpu"),
]:
    print(*pair, "->", explain_pair(*pair))
# --8<-- [end:pair]

# --8<-- [start:installed]
import importlib.util
import re
from pathlib import Path


def read_vision_version() -> str | None:
    """The build of torchvision, read without importing it."""
    spec = importlib.util.find_spec("torchvision")
    if spec is None or spec.origin is None:
        return None
    text = Path(spec.origin).with_name("version.py").read_text()
    found = re.search(r"__version__ = '(.+)'", text)
    return found[1] if found else None


vision = read_vision_version()
if vision is None:
    print("torchvision is not installed")
else:
    print(torch.__version__, vision, explain_pair(torch.__version__, vision))
# --8<-- [end:installed]
