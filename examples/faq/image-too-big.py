# --8<-- [start:closure]
import re
from importlib.metadata import PackageNotFoundError, distribution

from packaging.requirements import Requirement


def closure(*roots: str) -> dict[str, int]:
    """Bytes on disk of these packages and of all that they require."""
    sizes: dict[str, int] = {}
    left = list(roots)
    while left:
        name = re.sub(r"[-_.]+", "-", left.pop()).lower()
        try:
            found = distribution(name) if name not in sizes else None
        except PackageNotFoundError:
            continue  # for another platform, or not installed
        if found is None:
            continue
        paths = [file.locate() for file in found.files or []]
        sizes[name] = sum(p.stat().st_size for p in paths if p.is_file())
        for text in found.requires or []:
            needed = Requirement(text)
            if not needed.marker or needed.marker.evaluate({"extra": ""}):
                left.append(needed.name)
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
