# --8<-- [start:closure]
import re
from importlib.metadata import PackageNotFoundError, distribution

from packaging.requirements import Requirement


def closure(*roots: str) -> dict[str, int]:
    """Bytes on disk of these packages and of all that they require."""
    sizes: dict[str, int] = {}
    left, known = [Requirement(root) for root in roots], set()
    while left:
        wanted = left.pop()
        if str(wanted) in known:
            continue
        known.add(str(wanted))
        name = re.sub(r"[-_.]+", "-", wanted.name).lower()
        try:
            found = distribution(name)
        except PackageNotFoundError:
            continue  # for another platform, or not installed
        paths = [file.locate() for file in found.files or []]
        sizes[name] = sum(p.stat().st_size for p in paths if p.is_file())
        for text in found.requires or []:
            needed = Requirement(text)
            extras = ["", *wanted.extras]
            if not needed.marker or any(
                needed.marker.evaluate({"extra": extra}) for extra in extras
            ):
                left.append(needed)
    return sizes
# --8<-- [end:closure]


# --8<-- [start:list]
sizes = closure("torch")
total = sum(sizes.values())
for name in sorted(sizes, key=sizes.__getitem__, reverse=True)[:2]:
    print(name, "more than half" if sizes[name] > total / 2 else "less")
cuda = [name for name in sizes if name.startswith(("nvidia-", "triton"))]
print("CUDA packages:", len(cuda))
# --8<-- [end:list]


# --8<-- [start:folders]
from pathlib import Path

import torch

print("built for CUDA:", torch.version.cuda)
folder = Path(torch.__file__).parent
parts: dict[str, int] = {}
for path in folder.rglob("*"):
    if path.is_file():
        part = path.relative_to(folder).parts[0]
        parts[part] = parts.get(part, 0) + path.stat().st_size
print("largest in torch/:", max(parts, key=parts.__getitem__))
# --8<-- [end:folders]
